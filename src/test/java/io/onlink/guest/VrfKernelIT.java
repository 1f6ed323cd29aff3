package io.onlink.guest;

import io.onlink.guest.Guest.Part;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What can only be tested on a kernel that has VRF: all in one boot, each on a machine as new. */
class VrfKernelIT {
    private static BootReport boot;

    @BeforeAll
    static void runAll() throws IOException, InterruptedException {
        boot = Guest.run(
                Duration.ofMinutes(40),
                Part.of("kernel-fit"),
                Part.ofClasses("vrf-steps"),
                Part.ofOnlink("host-file", "quick", "examples/scenario.yaml"),
                Part.ofOnlink("vrf-programs", "quick"));
    }

    @TestFactory
    Stream<DynamicTest> theGuestsKernelIsFit() {
        return boot.part("kernel-fit")
                .tests(
                        "veth",
                        "bridge",
                        "vlan-8021q",
                        "vrf",
                        "vrf-exec",
                        "vrf-ipv6",
                        "nft-inet",
                        "nft-bridge",
                        "br-netfilter");
    }

    /** The kernel layer: {@link io.onlink.kernel.VrfSteps} in the guest. */
    @TestFactory
    Stream<DynamicTest> vrfsAreMadeSeenAndTakenBack() {
        return boot.part("vrf-steps")
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

    @TestFactory
    Stream<DynamicTest> theScenariosHostFileWorksWhole() {
        GuestReport report = boot.part("host-file");
        DynamicTest listings =
                DynamicTest.dynamicTest("the write-up's listings", () -> Listings.assertAsExpected(report.output()));
        Stream<DynamicTest> checks = report.tests(
                "before-the-change",
                "plan-has-changes",
                "plan-touches-nothing",
                "apply",
                "second-plan-is-empty",
                "service-bridge",
                "access-bridge",
                "management-vrf",
                "main-table",
                "service-answers",
                "management-answers",
                "back-yard-answers",
                "server-in-vrf",
                "program-in-vrf",
                "nothing-leaks",
                "boot-path",
                "down");
        return Stream.concat(Stream.of(listings), checks);
    }

    /** The host's own traffic: by default, by {@code onlink vrf exec}, seen by a router outside. */
    @TestFactory
    Stream<DynamicTest> whatTheHostStartsGoesWhereItIsTold() {
        return boot.part("vrf-programs")
                .tests(
                        "apply",
                        "list",
                        "default-leaves-by-the-main-table",
                        "ping-in-vrf",
                        "tcp-udp-and-names-in-vrf",
                        "names-stay-the-hosts-outside",
                        "exit-status-is-the-programs",
                        "words-and-files-are-the-callers",
                        "signals-and-terminal-are-the-programs");
    }
}
