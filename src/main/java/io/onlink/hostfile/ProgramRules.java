package io.onlink.hostfile;

import io.onlink.hostfile.Draft.VrfDraft;
import io.onlink.model.IpAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What runs in a VRF: name servers that can be asked there, services that are in one VRF alone. */
final class ProgramRules {
    /** MAXNS of resolv.h: the C library does not read further. */
    private static final int MOST_NAME_SERVERS = 3;

    private ProgramRules() {}

    static void check(Draft draft, Problems problems) {
        Map<String, Located<String>> services = new HashMap<>();
        for (VrfDraft vrf : draft.vrfs()) {
            checkNameServers(vrf, problems);
            for (Located<String> unit : vrf.services().values()) {
                Located<String> earlier = services.putIfAbsent(unit.value(), unit);
                if (earlier != null) {
                    problems.add(
                            unit.place(),
                            "%s is in line %d already; a service is in one VRF, once"
                                    .formatted(unit.value(), earlier.line()));
                }
            }
        }
    }

    private static void checkNameServers(VrfDraft vrf, Problems problems) {
        Set<IpAddress> seen = new HashSet<>();
        for (Located<IpAddress> server : vrf.nameServers().values()) {
            UnicastAddress.refusal(server.value())
                    .ifPresent(refusal -> problems.add(
                            server.place(), refusal + "; a name server that is reached through the VRF is expected"));
            if (server.value().isIpv6LinkLocal()) {
                problems.add(
                        server.place(),
                        server.value() + " is link-local, and may be on every member; a global address is expected");
            }
            if (!seen.add(server.value())) {
                problems.add(server.place(), server.value() + " is in the list already; each is named once");
            }
        }
        if (vrf.nameServers().values().size() > MOST_NAME_SERVERS) {
            problems.add(
                    vrf.nameServers().values().get(MOST_NAME_SERVERS).place(),
                    "is one too many: programs ask the first %d name servers alone".formatted(MOST_NAME_SERVERS));
        }
    }
}
