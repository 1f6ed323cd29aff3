package io.onlink.coexistence;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * firewalld judges what comes in by the link's zone. What came in by the NIC comes in by the bridge from now on: in another
 * zone it may be refused, ssh too. See firewall-cmd(1), --change-interface.
 */
final class FirewallZones implements Claimant {
    @Override
    public Optional<Claim> claim(Host host, ManagedLinks links) {
        if (!host.exists("/usr/bin/firewall-cmd") || !host.runs(Service.FIREWALLD)) {
            return Optional.empty();
        }
        List<String> moves = new ArrayList<>();
        List<Instruction> instructions = new ArrayList<>();
        links.uplinks().forEach((bridge, uplink) -> {
            // A port that nobody manages any more may have lost its zone; its bridge, until now another one, has it.
            Optional<String> wanted =
                    zoneOf(host, uplink).or(() -> host.masterOf(uplink).flatMap(master -> zoneOf(host, master)));
            Optional<String> actual = zoneOf(host, bridge);
            if (wanted.isPresent() && !wanted.equals(actual)) {
                moves.add("%s (%s)".formatted(uplink, wanted.get()));
                instructions.add(new Instruction.BindZone(bridge, actual.orElse(null), wanted.get()));
            }
        });
        if (instructions.isEmpty()) {
            return Optional.empty();
        }
        String what = "has a zone for %s: what comes in by a bridge is judged by the bridge's zone"
                .formatted(Claimant.named(moves));
        return Optional.of(new Claim(Program.FIREWALLD, what, true, instructions));
    }

    /** Empty where it follows the default zone, as every other link does. */
    private static Optional<String> zoneOf(Host host, String link) {
        Host.Answer answer = host.run(List.of("firewall-cmd", "--get-zone-of-interface=" + link));
        return Optional.of(answer.output().strip()).filter(zone -> answer.isYes() && !zone.isEmpty());
    }

    static void bind(Host host, String link, String zone) {
        if (!host.runs(Service.FIREWALLD)) {
            run(host, List.of("firewall-offline-cmd", "--zone=" + zone, "--change-interface=" + link));
            return;
        }
        tell(host, "--zone=" + zone, "--change-interface=" + link);
    }

    static void unbind(Host host, String link, String zone) {
        String of = "--zone=" + zone;
        if (!host.runs(Service.FIREWALLD)) {
            if (host.run(List.of("firewall-offline-cmd", of, "--query-interface=" + link))
                    .isYes()) {
                run(host, List.of("firewall-offline-cmd", of, "--remove-interface=" + link));
            }
            return;
        }
        // Gone already is as good, and an error to firewall-cmd.
        if (host.run(List.of("firewall-cmd", "--permanent", of, "--query-interface=" + link))
                .isYes()) {
            run(host, List.of("firewall-cmd", "--permanent", of, "--remove-interface=" + link));
        }
        if (host.run(List.of("firewall-cmd", of, "--query-interface=" + link)).isYes()) {
            run(host, List.of("firewall-cmd", of, "--remove-interface=" + link));
        }
    }

    /** For good first: a reload between the two then loses nothing. */
    private static void tell(Host host, String zone, String change) {
        run(host, List.of("firewall-cmd", "--permanent", zone, change));
        run(host, List.of("firewall-cmd", zone, change));
    }

    private static void run(Host host, List<String> command) {
        OtherPrograms.require(host.run(command), command);
    }
}
