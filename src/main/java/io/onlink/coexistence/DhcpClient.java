package io.onlink.coexistence;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A DHCP client that looks after a link by itself: dhclient(8), dhcpcd(8), udhcpc and those for IPv6. Those that are part of
 * NetworkManager and systemd-networkd let go with them.
 *
 * @param program as its command is called
 * @param link that it gives addresses to
 */
public record DhcpClient(String program, long pid, String link) {
    private static final Set<String> PROGRAMS =
            Set.of("dhclient", "dhcpcd", "udhcpc", "udhcpc6", "dhcp6c", "odhcp6c", "pump");

    /** The one of a link, if one runs. */
    static Optional<DhcpClient> of(String link, Host host) {
        return host.programs().stream()
                .flatMap(program -> client(program, link, host).stream())
                .findFirst();
    }

    /** {@code busybox udhcpc -i eth0} too, and dhcpcd's own words for its title: {@code dhcpcd: eth0 [ip4]}. */
    private static Optional<DhcpClient> client(RunningProgram process, String link, Host host) {
        List<String> words = process.command().stream()
                .flatMap(argument -> Arrays.stream(argument.split("\\s+")))
                .toList();
        String program = nameOf(words.getFirst());
        if (program.equals("busybox") && words.size() > 1) {
            program = nameOf(words.get(1));
        }
        return PROGRAMS.contains(program) && isFor(link, words, host)
                ? Optional.of(new DhcpClient(program, process.pid(), link))
                : Optional.empty();
    }

    private static String nameOf(String path) {
        return path.substring(path.lastIndexOf('/') + 1).replaceFirst(":$", "");
    }

    /** One that names no link looks after all. */
    private static boolean isFor(String link, List<String> words, Host host) {
        Predicate<String> isALink = word -> host.indexOf(word).isPresent();
        List<String> named = words.stream()
                .skip(1)
                .map(word -> word.replaceFirst("^-i(?=.)", ""))
                .filter(isALink)
                .toList();
        return named.isEmpty() || named.contains(link);
    }
}
