package io.onlink.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;

/** A report that hid a failure would make every test in the guest worthless. */
class GuestReportTest {
    @Test
    void everyCheckAndTheExitStatusIsATest() {
        GuestReport report = GuestReport.of(List.of("noise", "ok vrf", "ok nft-inet", "2 passed, 0 failed"), 0);
        assertThat(failed(report, "vrf", "nft-inet")).isEmpty();
        assertThat(report.tests("vrf", "nft-inet")).hasSize(3);
    }

    @Test
    void aFailedCheckFailsWithItsReason() {
        GuestReport report = GuestReport.of(List.of("ok vrf", "not ok bridge: no such device: br0"), 1);
        assertThat(failed(report, "vrf", "bridge"))
                .satisfiesExactly(
                        bridge -> assertThat(bridge).isEqualTo("bridge: no such device: br0"),
                        end -> assertThat(end).contains("not ok bridge"));
    }

    @Test
    void aCheckThatDidNotRunFails() {
        GuestReport report = GuestReport.of(List.of("ok vrf", "Killed"), 0);
        assertThat(failed(report, "vrf", "bridge")).singleElement().asString().contains("bridge did not run", "Killed");
    }

    @Test
    void aCheckThatNoTestExpectsFails() {
        GuestReport report = GuestReport.of(List.of("ok vrf", "ok bridge"), 0);
        assertThat(failed(report, "vrf")).singleElement().asString().contains("bridge");
    }

    @Test
    void anExitStatusFailsEvenIfAllChecksPassed() {
        GuestReport report = GuestReport.of(List.of("ok vrf", "guest: time was up after 300 s"), 124);
        assertThat(failed(report, "vrf")).singleElement().asString().contains("time was up");
    }

    @Test
    void nothingExpectedAndTwoOfOneNameAreRefused() {
        assertThatThrownBy(() -> GuestReport.of(List.of("ok vrf"), 0).tests())
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> GuestReport.of(List.of("ok vrf", "not ok vrf: late"), 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static Stream<String> failed(GuestReport report, String... expected) {
        return report.tests(expected).flatMap(GuestReportTest::failure);
    }

    private static Stream<String> failure(DynamicTest test) {
        try {
            test.getExecutable().execute();
            return Stream.empty();
        } catch (Throwable thrown) {
            return Stream.of(String.valueOf(thrown.getMessage()));
        }
    }
}
