package io.onlink.coexistence;

import io.onlink.hostfile.HostFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Services whose sockets are bound to a VRF, because the host file says so: systemd is told by a drop-in to run {@code onlink vrf bind}
 * in the service's control group before the service's own program, systemd.service(5), ExecStartPre=. It holds from the service's next
 * start, so one that runs is restarted, once the VRF is there.
 *
 * <p>In /run, for the reason that {@link NetworkManagerDevices} gives: after a reboot a host whose Onlink is broken starts them unbound.
 */
final class BoundServices implements Claimant {
    private static final String DIRECTORY = "/run/systemd/system/";
    private static final String FILE = ".d/50-onlink-vrf.conf";

    /**
     * Whose processes are people's shells: with mounts of its own, as a resolv.conf of its own takes, what somebody mounts in a shell
     * would be seen there alone.
     */
    private static final Set<String> LOGINS = Set.of("ssh.service", "sshd.service", "dropbear.service");

    @Override
    public Optional<Claim> claim(Host host, ManagedLinks links) {
        List<Instruction> instructions = new ArrayList<>();
        List<String> sentences = new ArrayList<>();
        for (HostFile.Vrf vrf : links.vrfs()) {
            if (!vrf.nameServers().isEmpty()) {
                Claimant.file(
                                host,
                                Program.SYSTEMD,
                                vrf.name(),
                                ResolverFile.of(vrf.name()).toString(),
                                ResolverFile.text(vrf))
                        .forEach(instructions::add);
            }
            List<String> bound = new ArrayList<>();
            for (HostFile.Service service : vrf.services()) {
                List<Instruction> told = Claimant.file(
                                host, Program.SYSTEMD, vrf.name(), path(service.unit()), text(vrf, service.unit()))
                        .toList();
                if (!told.isEmpty() && refusal(host, service.unit()).isEmpty()) {
                    instructions.addAll(told);
                    bound.add(service.unit());
                    sockets(host, service.unit())
                            .ifPresent(sockets -> sentences.add(
                                    "keeps what %s listens on in %s, unbound: only what the service opens itself goes through VRF %s ('systemctl edit %s' and BindToDevice=%s bind that too)"
                                            .formatted(service.unit(), sockets, vrf.name(), sockets, vrf.name())));
                }
            }
            if (!bound.isEmpty()) {
                sentences.addFirst("starts %s with all sockets bound to VRF %s, and anew where it runs"
                        .formatted(Claimant.named(bound), vrf.name()));
            }
        }
        return instructions.isEmpty()
                ? Optional.empty()
                : Optional.of(new Claim(
                        Program.SYSTEMD,
                        sentences.isEmpty() ? "has other name servers for a VRF" : String.join("; ", sentences),
                        true,
                        instructions));
    }

    /** Why a service cannot be bound on this host; empty if it can. */
    static Optional<String> refusal(Host host, String unit) {
        Host.Answer answer = host.run(List.of("systemctl", "show", "--property=LoadState", "--value", unit));
        if (!answer.isYes()) {
            return Optional.of("systemd does not answer for %s on this host ('systemctl show' ended with %d: %s)"
                    .formatted(unit, answer.exitCode(), answer.output().strip()));
        }
        String state = answer.output().strip();
        return state.equals("loaded")
                ? Optional.empty()
                : Optional.of("systemd has no %s on this host (it is %s); 'systemctl list-unit-files' has the names"
                        .formatted(unit, state));
    }

    /** The sockets that start it, if there are any: they are process 1's, whatever the service's control group is bound to. */
    private static Optional<String> sockets(Host host, String unit) {
        String sockets = host.run(List.of("systemctl", "show", "--property=TriggeredBy", "--value", unit))
                .output()
                .strip();
        return Optional.of(sockets)
                .filter(names -> names.endsWith(".socket"))
                .filter(names -> host.run(List.of("systemctl", "is-active", "--quiet", names))
                        .isYes());
    }

    private static String path(String unit) {
        return DIRECTORY + unit + FILE;
    }

    private static String text(HostFile.Vrf vrf, String unit) {
        String binding = ThisProgram.command("vrf", "bind", vrf.name()).stream()
                .map(BoundServices::quoted)
                .collect(Collectors.joining(" "));
        String text = "# Onlink: vrfs.%s.services; until a reboot or onlink down\n[Service]\nExecStartPre=+%s\n"
                .formatted(vrf.name(), binding);
        if (vrf.nameServers().isEmpty() || LOGINS.contains(unit)) {
            return text;
        }
        // The list itself, so that one that changes is another file, and the service is started anew.
        return text + """
                # %s
                BindReadOnlyPaths=%s:/etc/resolv.conf
                InaccessiblePaths=-/run/nscd/socket -/run/systemd/resolve/io.systemd.Resolve
                """.formatted(vrf.nameServers(), ResolverFile.of(vrf.name()));
    }

    /** As systemd.service(5) wants words that may have anything in them. */
    private static String quoted(String word) {
        return '"'
                + word.replace("\\", "\\\\")
                        .replace("\"", "\\\"")
                        .replace("%", "%%")
                        .replace("$", "$$")
                + '"';
    }

    /** Whether this binds a service. */
    static boolean isOne(Instruction instruction) {
        return instruction instanceof Instruction.WriteFile(var program, var _, String path, var _, var _)
                && program == Program.SYSTEMD
                && path.endsWith(FILE);
    }

    private static String unit(Instruction.WriteFile drop) {
        return drop.path().substring(DIRECTORY.length(), drop.path().length() - FILE.length());
    }

    /** Those among all. */
    static List<Instruction.WriteFile> among(List<Instruction> instructions) {
        return instructions.stream()
                .filter(BoundServices::isOne)
                .map(Instruction.WriteFile.class::cast)
                .toList();
    }

    /** Whether the file still asks for it. */
    static boolean isWanted(Instruction.WriteFile told, ManagedLinks links) {
        return links.vrfs().stream()
                .filter(vrf -> vrf.name().equals(told.link()))
                .anyMatch(vrf -> isOne(told)
                        ? vrf.services().stream()
                                .anyMatch(service -> path(service.unit()).equals(told.path()))
                        : !vrf.nameServers().isEmpty());
    }

    /** What has systemd follow the files that were written or deleted, in this order. */
    static List<List<String>> restarts(List<Instruction.WriteFile> drops) {
        List<List<String>> commands = new ArrayList<>();
        if (!drops.isEmpty()) {
            commands.add(List.of("systemctl", "daemon-reload"));
        }
        drops.stream()
                .map(BoundServices::unit)
                .distinct()
                .forEach(unit -> commands.add(List.of("systemctl", "try-restart", unit)));
        return commands;
    }
}
