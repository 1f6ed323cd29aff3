package io.onlink.coexistence;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * systemd-networkd manages the links that a .network file matches: a NIC by its name, and often by its MAC address, which
 * the bridge then has too. See systemd.network(5), Unmanaged, and networkd.conf(5), ManageForeignRoutingPolicyRules.
 *
 * <p>It is told by files in /run, for the reason that {@link NetworkManagerDevices} gives.
 */
final class NetworkdLinks implements Claimant {
    private static final List<String> DIRECTORIES = List.of(
            "/usr/lib/systemd/network",
            "/usr/local/lib/systemd/network",
            "/run/systemd/network",
            "/etc/systemd/network");

    @Override
    public Optional<Claim> claim(Host host, ManagedLinks links) {
        if (!host.runs(Service.NETWORKD)) {
            return Optional.empty();
        }
        List<String> managed =
                links.nics().stream().filter(nic -> isManaged(host, nic)).toList();
        boolean isTold = links.nics().stream().anyMatch(nic -> host.exists(path(nic)));
        if (managed.isEmpty() && !isTold) {
            return Optional.empty();
        }
        List<NetworkFile> files = networkFiles(host);
        List<Instruction> instructions = new ArrayList<>();
        managed.forEach(nic -> release(host, nic).forEach(instructions::add));
        links.made().stream()
                .filter(name -> files.stream().anyMatch(file -> file.mayMatch(name)))
                .forEach(name -> release(host, name).forEach(instructions::add));
        Claimant.file(
                        host,
                        Program.NETWORKD,
                        "",
                        "/run/systemd/networkd.conf.d/90-onlink.conf",
                        "# Onlink: its rules stay\n[Network]\nManageForeignRoutingPolicyRules=no\n")
                .forEach(instructions::add);
        if (instructions.isEmpty()) {
            return Optional.empty();
        }
        if (managed.isEmpty()) {
            return Optional.of(new Claim(Program.NETWORKD, Claimant.NEW_LINKS, true, instructions));
        }
        String what =
                "runs and manages %s: it would put back what Onlink moves to a bridge, and deletes rules that it does not know"
                        .formatted(Claimant.named(managed.stream()
                                .map(nic -> nic
                                        + file(host, nic)
                                                .map(file -> " (" + file + ")")
                                                .orElse(""))
                                .toList()));
        return Optional.of(new Claim(Program.NETWORKD, what, true, instructions));
    }

    /** Before all others by its name: the first file that matches counts. */
    private static Stream<Instruction> release(Host host, String link) {
        return Claimant.file(
                host,
                Program.NETWORKD,
                link,
                path(link),
                "# Onlink: until a reboot or onlink down\n[Match]\nName=%s\n\n[Link]\nUnmanaged=yes\n".formatted(link));
    }

    private static String path(String link) {
        return "/run/systemd/network/00-onlink-%s.network".formatted(link.replace("*", ""));
    }

    private static boolean isManaged(Host host, String nic) {
        Host.Answer answer = host.run(List.of("networkctl", "list", "--no-legend", "--no-pager", nic));
        // IDX LINK TYPE OPERATIONAL SETUP
        return answer.output()
                .lines()
                .map(line -> line.strip().split("\\s+"))
                .anyMatch(words -> words.length == 5 && words[1].equals(nic) && !words[4].equals("unmanaged"));
    }

    static List<String> stillManaged(Host host, List<Instruction> told) {
        return told.stream()
                .map(Instruction::link)
                .distinct()
                .filter(link -> !link.isEmpty() && !link.endsWith("*"))
                .filter(link -> isManaged(host, link))
                .toList();
    }

    /** The .network file it follows for a link. */
    static Optional<String> file(Host host, String nic) {
        return host.run(List.of("networkctl", "status", "--no-pager", "--lines=0", nic))
                .output()
                .lines()
                .map(String::strip)
                .filter(line -> line.startsWith("Network File:"))
                .map(line -> line.substring("Network File:".length()).strip())
                .filter(file -> !file.equals("n/a"))
                .findFirst();
    }

    /** Of two files of the same name the one in the later directory counts. */
    private static List<NetworkFile> networkFiles(Host host) {
        SequencedMap<String, NetworkFile> files = new TreeMap<>(Comparator.naturalOrder());
        for (String directory : DIRECTORIES) {
            for (String path : host.list(directory)) {
                if (path.endsWith(".network")) {
                    String name = path.substring(directory.length() + 1);
                    host.read(path).ifPresent(content -> files.put(name, NetworkFile.parse(name, content.text())));
                }
            }
        }
        return List.copyOf(files.values());
    }

    /**
     * What a .network file says of names. Its other conditions are taken to hold: a bridge has its NIC's MAC address.
     *
     * @param names shell patterns; empty where it names none
     */
    record NetworkFile(String file, List<String> names) {
        static NetworkFile parse(String file, String text) {
            List<String> names = new ArrayList<>();
            boolean inMatch = false;
            for (String line : text.lines().map(String::strip).toList()) {
                if (line.startsWith("[")) {
                    inMatch = line.equals("[Match]");
                } else if (inMatch && line.matches("Name\\s*=.*")) {
                    String value = line.substring(line.indexOf('=') + 1).strip();
                    names.addAll(Arrays.asList(value.split("\\s+")));
                }
            }
            return new NetworkFile(file, names);
        }

        boolean mayMatch(String link) {
            if (file.startsWith("00-onlink-")) {
                return false;
            }
            String name = link.replace("*", "000000000000");
            boolean inverted = names.stream().anyMatch(pattern -> pattern.startsWith("!"));
            boolean any = names.stream()
                    .map(pattern -> pattern.startsWith("!") ? pattern.substring(1) : pattern)
                    .anyMatch(pattern -> ShellPattern.matches(pattern, name));
            return names.isEmpty() || any != inverted;
        }
    }
}
