package io.onlink.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The frames as the RFCs draw them, and which answers are ours. That routers answer them is VerifierIT's. */
class SolicitationFramesTest {
    private static final MacAddress OURS = MacAddress.parse("00:50:56:00:22:d9");
    private static final MacAddress ROUTERS = MacAddress.parse("02:00:00:00:00:01");
    private static final Probe.Solicitation ARP = solicitation("192.168.22.217", "192.168.22.1");
    private static final Probe.Solicitation NEIGHBOUR_DISCOVERY = solicitation("2001:db8::217", "2001:db8::aa:bbcc");

    private static final String ARP_REPLY =
            "0050560022d9 020000000001 0806 0001080006040002 020000000001 c0a81601 0050560022d9 c0a816d9";
    private static final String ADVERTISEMENT = "0050560022d9 020000000001 86dd 6000000000203aff"
            + "20010db8000000000000000000aabbcc 20010db8000000000000000000000217"
            + "88000000 e0000000 20010db8000000000000000000aabbcc 0201020000000001";

    @Test
    void arpAsksEverybody() {
        assertThat(hex(SolicitationFrames.request(ARP)))
                .isEqualTo("ffffffffffff0050560022d90806" + "0001080006040001" + "0050560022d9c0a816d9"
                        + "000000000000c0a81601");
    }

    /** The checksum is right if all words together are ones. */
    @Test
    void neighbourDiscoveryAsksTheGroupOfTheAddress() {
        byte[] frame = SolicitationFrames.request(NEIGHBOUR_DISCOVERY);
        assertThat(hex(frame).replaceFirst("8700[0-9a-f]{4}", "8700----"))
                .isEqualTo("3333ffaabbcc0050560022d986dd"
                        + "6000000000203aff"
                        + "20010db8000000000000000000000217"
                        + "ff0200000000000000000001ffaabbcc"
                        + "8700----"
                        + "00000000"
                        + "20010db8000000000000000000aabbcc"
                        + "01010050560022d9");
        assertThat(onesComplementSum(frame)).isEqualTo(0xffff);
    }

    @Test
    void anAnswerSaysWhoseTheAddressIs() {
        assertThat(SolicitationFrames.answer(ARP, bytes(ARP_REPLY))).contains(ROUTERS);
        assertThat(SolicitationFrames.answer(NEIGHBOUR_DISCOVERY, bytes(ADVERTISEMENT)))
                .contains(ROUTERS);
    }

    @Test
    void anAdvertisementWithoutOptionIsItsSenders() {
        String bare = ADVERTISEMENT.replace("0020", "0018").replaceFirst("0201020000000001$", "");
        assertThat(SolicitationFrames.answer(NEIGHBOUR_DISCOVERY, bytes(bare))).contains(ROUTERS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // of another address; a request; our own, heard back; cut short; of another protocol
                "0050560022d9 020000000001 0806 0001080006040002 020000000001 c0a81602 0050560022d9 c0a816d9",
                "0050560022d9 020000000001 0806 0001080006040001 020000000001 c0a81601 0050560022d9 c0a816d9",
                "0050560022d9 0050560022d9 0806 0001080006040002 0050560022d9 c0a81601 0050560022d9 c0a816d9",
                "0050560022d9 020000000001 0806 0001080006040002 020000000001 c0a81601",
                "0050560022d9 020000000001 0800 0001080006040002 020000000001 c0a81601 0050560022d9 c0a816d9",
                ""
            })
    void otherArpIsNoAnswer(String frame) {
        assertThat(SolicitationFrames.answer(ARP, bytes(frame))).isEmpty();
    }

    @Test
    void otherIpv6IsNoAnswer() {
        List<String> others = List.of(
                ADVERTISEMENT.replace("aabbcc 0201", "aabbcd 0201"),
                // Hop limit 254: a router passed it on, so anybody may have sent it.
                ADVERTISEMENT.replace("3aff", "3afe"),
                ADVERTISEMENT.replace("88000000", "87000000"),
                ADVERTISEMENT.replace("3aff", "06ff"),
                ADVERTISEMENT.substring(0, 90));
        assertThat(others)
                .allSatisfy(frame -> assertThat(SolicitationFrames.answer(NEIGHBOUR_DISCOVERY, bytes(frame)))
                        .isEmpty());
    }

    /** RFC 5227: nobody learns an address from a probe, and whoever has it, announces it or probes for it says so. */
    @Test
    void whoElseHasAnAddressIsAskedFromNobodysAddress() {
        Probe.Solicitation detection = solicitation("0.0.0.0", "192.168.22.1");
        assertThat(hex(SolicitationFrames.request(detection)))
                .isEqualTo("ffffffffffff0050560022d90806" + "0001080006040001" + "0050560022d900000000"
                        + "000000000000c0a81601");
        assertThat(List.of(
                        ARP_REPLY,
                        "ffffffffffff 020000000001 0806 0001080006040001 020000000001 c0a81601 000000000000 c0a81601",
                        "ffffffffffff 020000000001 0806 0001080006040001 020000000001 00000000 000000000000 c0a81601"))
                .allSatisfy(frame -> assertThat(SolicitationFrames.answer(detection, bytes(frame)))
                        .contains(ROUTERS));
        assertThat(List.of(
                        "ffffffffffff 020000000001 0806 0001080006040001 020000000001 c0a81602 000000000000 c0a81601",
                        "ffffffffffff 0050560022d9 0806 0001080006040001 0050560022d9 00000000 000000000000 c0a81601"))
                .allSatisfy(frame -> assertThat(SolicitationFrames.answer(detection, bytes(frame)))
                        .isEmpty());
    }

    @Test
    void noFrameHoweverBrokenBreaksTheReader() {
        byte[] whole = bytes(ADVERTISEMENT);
        for (int place = 0; place < whole.length; place++) {
            for (byte wrong : new byte[] {0, 1, -1}) {
                byte[] broken = whole.clone();
                broken[place] = wrong;
                SolicitationFrames.answer(NEIGHBOUR_DISCOVERY, broken);
                SolicitationFrames.answer(NEIGHBOUR_DISCOVERY, java.util.Arrays.copyOf(broken, place));
            }
        }
    }

    /** Over addresses, length, protocol and message: all ones where the checksum in it is right (RFC 1071). */
    private static int onesComplementSum(byte[] frame) {
        int sum = 32 + 58;
        for (int place = 22; place < frame.length; place += 2) {
            sum += (frame[place] & 0xff) << 8 | (frame[place + 1] & 0xff);
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return sum;
    }

    private static Probe.Solicitation solicitation(String source, String target) {
        return new Probe.Solicitation("br0", 2, OURS, IpAddress.parse(source), IpAddress.parse(target));
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
