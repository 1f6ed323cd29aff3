package io.onlink.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A part that was taken for another, or for one that ran, would make its tests worthless. */
class BootReportTest {
    @Test
    void eachPartHasItsOwnChecksAndStatus() {
        BootReport boot = BootReport.of(
                List.of("== one", "ok vrf", "== one ended 0", "== two-b", "not ok vrf: none", "== two-b ended 1"), 1);
        assertThat(boot.part("one")).isEqualTo(GuestReport.of(List.of("ok vrf"), 0));
        assertThat(boot.part("two-b").checks()).containsEntry("vrf", Optional.of("none"));
        assertThat(boot.part("two-b").exitStatus()).isEqualTo(1);
    }

    @Test
    void whereTheGuestEndedThePartHasItsStatusAndTheNextNoCheck() {
        BootReport boot = BootReport.of(List.of("== one", "ok vrf", "guest: time was up after 9 s"), 124);
        assertThat(boot.part("one").exitStatus()).isEqualTo(124);
        assertThat(boot.part("two").exitStatus()).isEqualTo(124);
        assertThat(boot.part("two").checks()).isEmpty();
        assertThat(boot.part("two").output()).contains("guest: time was up after 9 s");
    }

    @Test
    void twoPartsOfOneNameAreRefused() {
        assertThatThrownBy(() -> BootReport.of(List.of("== one", "== one ended 0", "== one", "== one ended 0"), 0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
