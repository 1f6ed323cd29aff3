package io.onlink.attach;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.attach.ProbeFrames.Claim;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which frames say that somebody has an address, and who. */
class ProbeFramesTest {
    private static final MacAddress SENDER = MacAddress.parse("02:00:5e:00:53:77");
    private static final MacAddress OTHER = MacAddress.parse("02:00:5e:00:53:78");
    private static final String IPV4 = "192.168.22.50";
    private static final String IPV6 = "2001:db8:22::50";

    @Test
    void arpSaysWhoHasItsSendersAddress() {
        assertThat(ProbeFrames.claim(Frames.arp(SENDER, 1, SENDER, IPV4, "192.168.22.1")))
                .contains(held(IPV4, SENDER));
        assertThat(ProbeFrames.claim(Frames.arp(OTHER, 2, SENDER, IPV4, IPV4))).contains(held(IPV4, SENDER));
        assertThat(ProbeFrames.claim(Frames.arp(SENDER, 6, 1, SENDER, IPV4, IPV4)))
                .as("not Ethernet's")
                .isEmpty();
    }

    @Test
    void aProbeOnlyAsks() {
        Claim wanted = new Claim(IpAddress.parse(IPV4), SENDER, false);
        assertThat(ProbeFrames.claim(ProbeFrames.probe(wanted.address(), SENDER)))
                .contains(wanted);
        Claim wantedToo = new Claim(IpAddress.parse(IPV6), SENDER, false);
        assertThat(ProbeFrames.claim(ProbeFrames.probe(wantedToo.address(), SENDER)))
                .contains(wantedToo);
        assertThat(ProbeFrames.claimant(wanted.address(), ProbeFrames.probe(wanted.address(), SENDER), OTHER))
                .contains(SENDER);
    }

    @Test
    void anAdvertisementNamesItsTargetAndTheMacThatNeighboursLearn() {
        assertThat(claim("2001:db8:22::1", Frames.neighbourAdvertisement(IPV6, OTHER)))
                .contains(held(IPV6, OTHER));
        assertThat(claim(IPV6, "88 00 0000 20000000 20010db8002200000000000000000050"))
                .as("without the option")
                .contains(held(IPV6, SENDER));
    }

    @Test
    void whoAsksForANeighbourHasHisSourceAddress() {
        assertThat(claim(IPV6, Frames.neighbourSolicitation("2001:db8:22::1") + "0101" + "02005e005378"))
                .contains(held(IPV6, OTHER));
        assertThat(claim(IPV6, Frames.neighbourSolicitation("2001:db8:22::1"))).contains(held(IPV6, SENDER));
        // The target's option where the source's is due.
        assertThat(claim(IPV6, Frames.neighbourSolicitation("2001:db8:22::1") + "0201" + "02005e005378"))
                .contains(held(IPV6, SENDER));
    }

    @Test
    void nothingElseDoes() {
        assertThat(ProbeFrames.claim(new byte[13])).isEmpty();
        assertThat(ProbeFrames.claim(Frames.ethernet(SENDER, 0x0806, "0001 0800 06 04 0001 02005e00")))
                .isEmpty();
        assertThat(ProbeFrames.claim(Frames.udp(SENDER, IPV4, 5000, "192.168.22.1", 5000)))
                .isEmpty();
        assertThat(claim(IPV6, Frames.routerAdvertisement() + "00".repeat(16))).isEmpty();
        assertThat(claim(IPV6, "88 00 0000 20000000 20010db8")).isEmpty();
    }

    @Test
    void aProbersOwnFramesComeBackToHim() {
        IpAddress address = IpAddress.parse(IPV4);
        assertThat(ProbeFrames.claimant(address, ProbeFrames.probe(address, SENDER), SENDER))
                .isEmpty();
    }

    private static Optional<Claim> claim(String source, String message) {
        return ProbeFrames.claim(Frames.icmpv6(SENDER, source, message));
    }

    private static Claim held(String address, MacAddress mac) {
        return new Claim(IpAddress.parse(address), mac, true);
    }
}
