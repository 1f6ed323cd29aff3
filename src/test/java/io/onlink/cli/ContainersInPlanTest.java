package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.hostfile.HostFile;
import org.junit.jupiter.api.Test;

class ContainersInPlanTest {
    private static final String FILE = """
            version: 1
            segments:
              Lan:
                bridge: br0
                uplink: eth0
                addresses: [192.0.2.2/24]
                routes: [{ to: default, via: 192.0.2.1 }]
                containers:
                  pool: [192.0.2.32/28]
            """;

    @Test
    void theSameFileChangesNothing() {
        assertThat(ContainersInPlan.between(file(FILE), file(FILE + "# said otherwise\n")))
                .isEmpty();
    }

    @Test
    void whatChangesForContainersIsNamedByItsKeys() {
        String more = FILE.replace("32/28]", "48/28]")
                + "      isolated: true\n      routers: [192.0.2.254]\n      firewall:\n        default: deny\n";
        assertThat(ContainersInPlan.between(file(FILE), file(more)))
                .hasToString("[containers of Lan: pool, routers, isolated, firewall (the agent takes it up)]");
    }

    @Test
    void aSegmentMayBecomeOneForContainersAndCease() {
        String without = FILE.substring(0, FILE.indexOf("    containers:"));
        assertThat(ContainersInPlan.between(file(without), file(FILE)))
                .hasToString("[containers of Lan: new (the agent takes it up)]");
        assertThat(ContainersInPlan.between(file(FILE), file(without)))
                .hasToString("[containers of Lan: no more (the agent takes it up)]");
    }

    /** Its bridge may stay, and then no step of the host's tells. */
    @Test
    void aRenamedSegmentIsAnother() {
        assertThat(ContainersInPlan.between(file(FILE), file(FILE.replace("Lan:", "Home:"))))
                .hasToString(
                        "[containers of Home: new (the agent takes it up), containers of Lan: no more (the agent takes it up)]");
    }

    private static HostFile file(String text) {
        return HostFile.parse("host.yaml", text);
    }
}
