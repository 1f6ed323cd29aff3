package io.onlink.guest;

import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** What can only be tested on a kernel that has VRF. */
class VrfKernelIT {
    @TestFactory
    Stream<DynamicTest> theGuestsKernelIsFit() throws IOException, InterruptedException {
        return Guest.run(Duration.ofMinutes(6), "kernel-fit")
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

    @TestFactory
    Stream<DynamicTest> theScenariosHostFileWorksWhole() throws IOException, InterruptedException {
        GuestReport report = Guest.runOnlink(Duration.ofMinutes(20), "host-file", "quick", "examples/scenario.yaml");
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

    /** What would make an apply on that host fail, and what the scenario's file says nothing of: answers without a VRF, leaks. */
    @Tag("kernels")
    @TestFactory
    Stream<DynamicTest> theScenariosHostIsNotCutOffByItsVrf() throws IOException, InterruptedException {
        return Guest.runOnlink(Duration.ofMinutes(60), "host-file", "rest", "examples/scenario.yaml")
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

    /** Four minutes, for what the kernel layer's own tests have in {@link VrfStepsIT}. */
    @Tag("kernels")
    @TestFactory
    Stream<DynamicTest> theExamplesOfOtherWaysToAttachWork() throws IOException, InterruptedException {
        return Guest.runOnlink(Duration.ofMinutes(20), "examples", "examples").tests("example-ipvlan", "example-vlans");
    }
}
