package io.onlink.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.hostfile.HostFile;
import io.onlink.lab.Demand.Answer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DemandTest {
    private static final HostFile SCENARIO = HostFile.read(Path.of("examples/scenario.yaml"));

    @Test
    void whatTheFileMakesReachableMustAnswer() {
        assertThat(answers(SCENARIO, Set.of()))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "192.168.22.217", Answer.REQUIRED,
                        "2001:470:fe36:face::217:1", Answer.REQUIRED,
                        // The way there is the segment's router; the way back the other segment's default route.
                        "192.168.52.217", Answer.REQUIRED,
                        "2001:470:fe36:cafe::217:1", Answer.NO_WAY_THERE,
                        "192.168.1.217", Answer.REQUIRED,
                        "2405:6580:aa40::217:1", Answer.REQUIRED));
    }

    @Test
    void whatIsLeftOutIsAsBefore() {
        assertThat(answers(SCENARIO, Set.of("eth2")))
                .containsEntry("192.168.1.217", Answer.AS_BEFORE)
                .containsEntry("2405:6580:aa40::217:1", Answer.AS_BEFORE)
                .containsEntry("192.168.22.217", Answer.REQUIRED);
    }

    @Test
    void aVrfsAddressIsNotAnsweredByTheMainTable() {
        HostFile file = HostFile.parse("host.yaml", """
                version: 1
                segments:
                  Service: { bridge: br0, uplink: eth0, addresses: [10.1.0.2/24], routes: [{ to: default, via: 10.1.0.1 }] }
                ethernets:
                  eth1: { addresses: [10.2.0.2/24] }
                vrfs:
                  back: { table: 10, interfaces: [eth1], routes: [{ to: 10.3.0.0/16, via: 10.2.0.1 }] }
                """);
        assertThat(answers(file, Set.of()))
                .containsEntry("10.1.0.2", Answer.REQUIRED)
                .containsEntry("10.2.0.2", Answer.NO_WAY_BACK);
    }

    @Test
    void whoIsNotLetInIsNotAnswered() {
        HostFile file = HostFile.parse("host.yaml", """
                version: 1
                segments:
                  Service: { bridge: br0, uplink: eth0, addresses: [10.1.0.2/24], routes: [{ to: default, via: 10.1.0.1 }] }
                  Access:
                    bridge: br1
                    uplink: eth1
                    addresses: [10.2.0.2/24]
                    routes: [{ to: 172.16.0.0/12, via: 10.2.0.1 }]
                firewall:
                  Service: { allow: [tcp/22, icmp from 192.0.2.0/24] }
                  Access: { allow: [icmp] }
                """);
        assertThat(answers(file, Set.of()))
                .containsEntry("10.1.0.2", Answer.NOT_LET_IN)
                .containsEntry("10.2.0.2", Answer.REQUIRED);
    }

    private static Map<String, Answer> answers(HostFile file, Set<String> leftOut) {
        return Demand.of(file, Topology.of(file, List.of(), false), leftOut).stream()
                .collect(Collectors.toMap(demand -> demand.address().toString(), Demand::answer));
    }
}
