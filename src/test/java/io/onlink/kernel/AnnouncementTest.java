package io.onlink.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The frames as the RFCs draw them. That hosts learn from them is LinuxKernelIT's. */
class AnnouncementTest {
    private static final MacAddress MAC = MacAddress.parse("02:42:c0:a8:16:de");

    @Test
    void ipv4IsARequestForItselfAndAReply() {
        assertThat(hex(Announcement.frames(IpAddress.parse("192.168.22.222"), MAC)))
                .containsExactly(
                        "ffffffffffff0242c0a816de0806" + "0001080006040001" + "0242c0a816dec0a816de"
                                + "000000000000c0a816de",
                        "ffffffffffff0242c0a816de0806" + "0001080006040002" + "0242c0a816dec0a816de"
                                + "ffffffffffffc0a816de");
    }

    @Test
    void ipv6IsAnAdvertisementThatOverrides() {
        assertThat(hex(Announcement.frames(IpAddress.parse("2001:470:fe36:face::222"), MAC)))
                .containsExactly("3333000000010242c0a816de86dd"
                        + "6000000000203aff"
                        + "20010470fe36face0000000000000222"
                        + "ff020000000000000000000000000001"
                        + "88003da5"
                        + "20000000"
                        + "20010470fe36face0000000000000222"
                        + "02010242c0a816de");
    }

    @Test
    void aStationAsksWhoItIs() {
        assertThat(hex(List.of(Announcement.stationFrame(MAC))))
                .containsExactly("ffffffffffff0242c0a816de8035" + "0001080006040003" + "0242c0a816de00000000"
                        + "0242c0a816de00000000");
    }

    private static List<String> hex(List<byte[]> frames) {
        return frames.stream().map(HexFormat.of()::formatHex).toList();
    }
}
