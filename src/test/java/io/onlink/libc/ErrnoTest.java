package io.onlink.libc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ErrnoTest {
    @Test
    void saysNameAndMeaning() {
        assertThat(Errno.EPERM).hasToString("EPERM (Operation not permitted)");
        assertThat(new Errno(107))
                .isEqualTo(Errno.ENOTCONN)
                .hasToString("ENOTCONN (Transport endpoint is not connected)");
        assertThat(new Errno(133).name()).isEqualTo("EHWPOISON");
    }

    @Test
    void aNumberItDoesNotKnowIsStillSaid() {
        assertThat(new Errno(4711)).hasToString("errno 4711 (Unknown error 4711)");
    }
}
