package io.onlink.guest;

import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The kernel layer on a kernel that has VRF: {@link io.onlink.kernel.VrfSteps} in the guest. */
class VrfStepsIT {
    @TestFactory
    Stream<DynamicTest> vrfsAreMadeSeenAndTakenBack() throws IOException, InterruptedException {
        return Guest.run(Duration.ofMinutes(6), "vrf-steps", System.getProperty("java.class.path"))
                .tests(
                        "ip-sees-the-vrf-we-make",
                        "we-see-the-vrf-ip-makes",
                        "a-nic-moves-into-a-vrf-and-out-again",
                        "each-step-is-undone",
                        "vlan-filtering",
                        "vlan",
                        "macvlan",
                        "ipvlan",
                        "ipvlan-frames-have-the-parents-mac",
                        "the-hosts-firewall-judges-a-vrfs-member",
                        "who-talks-to-itself-in-a-vrf-is-not-judged");
    }
}
