package io.onlink.guest;

import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The kernel layer on a kernel that has VRF: {@link io.onlink.kernel.VrfSteps} in the guest. */
class VrfStepsIT {
    /** Of {@code FaultTableIT}'s: the one whose rows have all the moments, and leave the end to somebody else. */
    private static final String VICTIMS = "COMMAND_AND_GUARD";

    @TestFactory
    Stream<DynamicTest> vrfsAreMadeSeenAndTakenBack() throws IOException, InterruptedException {
        return Guest.run(Duration.ofMinutes(15), "vrf-steps", System.getProperty("java.class.path"), VICTIMS)
                .tests(
                        "ip-sees-the-vrf-we-make",
                        "we-see-the-vrf-ip-makes",
                        "a-nic-moves-into-a-vrf-and-out-again",
                        "each-step-is-undone",
                        "what-routers-told-survives-the-move",
                        "vlan-filtering",
                        "vlan",
                        "macvlan",
                        "ipvlan",
                        "ipvlan-frames-have-the-parents-mac",
                        "the-hosts-firewall-judges-a-vrfs-member",
                        "who-talks-to-itself-in-a-vrf-is-not-judged",
                        "faults-command-and-guard");
    }
}
