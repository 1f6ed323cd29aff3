package io.onlink.guest;

import io.onlink.guest.Guest.Part;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** What takes longer on a distribution's kernel (6.1) that has VRF: all in one boot, each on a machine as new. */
@Tag("kernels")
class KernelsAtLengthIT {
    private static BootReport boot;

    @BeforeAll
    static void runAll() throws IOException, InterruptedException {
        boot = Guest.run(
                Duration.ofHours(3),
                Part.ofClasses("guard"),
                Part.ofOnlink("handover"),
                Part.ofOnlink("host-file", "rest", "examples/scenario.yaml"),
                Part.ofOnlink("vrf-containers"),
                Part.ofOnlink("vrf-programs", "rest"),
                Part.ofOnlink("examples", "examples"));
    }

    /** {@link io.onlink.attach.GuardOnThisKernel} in the guest. */
    @TestFactory
    Stream<DynamicTest> theGuardWorksThere() {
        return boot.part("guard")
                .tests(
                        "forged-frames-are-dropped-and-counted",
                        "honest-traffic-passes",
                        "the-firewall-lets-in-what-it-should");
    }

    /** A NIC becomes a bridge's port, and stops being one, without BPF at tcx. */
    @TestFactory
    Stream<DynamicTest> noPacketIsLost() {
        return boot.part("handover")
                .tests(
                        "kernel-has-no-tcx",
                        "plan-forwards-by-nftables",
                        "control",
                        "apply",
                        "nothing-left-of-apply",
                        "down",
                        "nothing-left-of-down");
    }

    /** What would make an apply on that host fail, and what the scenario's file says nothing of: answers without a VRF, leaks. */
    @TestFactory
    Stream<DynamicTest> theScenariosHostIsNotCutOffByItsVrf() {
        return boot.part("host-file")
                .tests(
                        "table-in-use",
                        "wrong-file-is-taken-back",
                        "apply",
                        "session-lives-on",
                        "others-entries-stay",
                        "answered-where-it-came-in",
                        "symmetric-without-vrf",
                        "leaks",
                        "no-leaks");
    }

    /** Segments whose bridges are in a VRF each, with the same networks and containers of the same addresses; a router outside on each. */
    @TestFactory
    Stream<DynamicTest> containersInVrfsAreAsAnyOthers() {
        return boot.part("vrf-containers")
                .tests(
                        "bridges-in-vrfs",
                        "engine-and-agent-start",
                        "same-addresses-on-both-sides",
                        "default-routes-lead-to-the-own-side",
                        "host-reaches-containers-in-the-vrf",
                        "firewall-holds",
                        "forged-source-is-dropped-and-counted",
                        "address-in-use-is-asked-for-on-the-own-side",
                        "vrf-deleted-by-hand-is-mended",
                        "nothing-is-left");
    }

    /** Services of a real systemd, and containers with host networking of a real engine, seen by a router outside; and what is refused. */
    @TestFactory
    Stream<DynamicTest> whatTheHostRunsGoesWhereTheFileOrItsLabelSays() {
        return boot.part("vrf-programs")
                .tests(
                        "apply",
                        "nested",
                        "refusals",
                        "nothing-goes-out-through-main",
                        "services-before",
                        "services-in-plan",
                        "services-are-bound",
                        "services-stay-bound-at-a-restart",
                        "services-come-back-at-boot",
                        "unknown-service-is-refused",
                        "service-that-leaves-the-file-is-unbound",
                        "services-after-down",
                        "apply-anew",
                        "engine-and-agent-start",
                        "container-by-label",
                        "container-is-bound-after-a-restart",
                        "container-outlives-the-agent",
                        "wrong-labels-are-told");
    }

    @TestFactory
    Stream<DynamicTest> theExamplesOfOtherWaysToAttachWork() {
        return boot.part("examples").tests("example-ipvlan", "example-vlans");
    }
}
