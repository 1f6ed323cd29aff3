package io.onlink.coexistence;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * netplan configures nothing itself: at boot and on {@code netplan apply} it writes what NetworkManager or
 * systemd-networkd then do. It is named so that the administrator knows where their files come from; they are told.
 */
final class NetplanFiles implements Claimant {
    private static final List<String> DIRECTORIES = List.of("/lib/netplan", "/etc/netplan", "/run/netplan");

    @Override
    public Optional<Claim> claim(Host host, ManagedLinks links) {
        if (!host.exists("/usr/sbin/netplan")) {
            return Optional.empty();
        }
        List<String> places = new ArrayList<>();
        for (String directory : DIRECTORIES) {
            for (String path : host.list(directory)) {
                if (path.endsWith(".yaml")) {
                    host.read(path).ifPresent(content -> places.addAll(places(path, content.text(), links.nics())));
                }
            }
        }
        if (places.isEmpty()) {
            return Optional.empty();
        }
        String what =
                "configures %s at boot and on 'netplan apply', through NetworkManager or systemd-networkd: these are told, netplan's files stay"
                        .formatted(Claimant.named(places));
        return Optional.of(new Claim(Program.NETPLAN, what, false, List.of()));
    }

    /** Where a NIC is named: as a key, or as the name a matched NIC is given. */
    private static List<String> places(String path, String text, List<String> nics) {
        List<String> places = new ArrayList<>();
        List<String> lines = text.lines().toList();
        for (String nic : nics) {
            String quoted = "[\"']?" + Pattern.quote(nic) + "[\"']?";
            Pattern named =
                    Pattern.compile("\\s*(" + quoted + "\\s*:|(set-name|name)\\s*:\\s*" + quoted + ")\\s*(#.*|\\{.*)?");
            for (int i = 0; i < lines.size(); i++) {
                if (named.matcher(lines.get(i)).matches()) {
                    places.add("%s (%s:%d)".formatted(nic, path, i + 1));
                    break;
                }
            }
        }
        return places;
    }
}
