package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What of a host's status people are shown. */
class StatusPrinterTest {
    @Test
    void whatIsLeftOutIsSaidOnAHostWithoutVrfsToo() {
        HostStatus status = new HostStatus(
                List.of(),
                List.of(),
                List.of(),
                null,
                List.of(),
                List.of("segment Back-Segment: this kernel cannot make macvlan links"),
                null,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                null,
                null,
                List.of());
        StringWriter text = new StringWriter();
        new StatusPrinter(new PrintWriter(text, true)).print(status);
        assertThat(text.toString())
                .contains("left out: segment Back-Segment: this kernel cannot make macvlan links")
                .contains("No drift");
    }
}
