package io.onlink.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.model.IpAddress;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The messages as RFC 792 and RFC 4443 draw them, and which answers are ours. */
class EchoMessagesTest {
    private static final IpAddress ROUTER = IpAddress.parse("192.168.22.1");
    private static final IpAddress ROUTER6 = IpAddress.parse("2001:db8::1");
    private static final EchoMessages ECHO = new EchoMessages(ROUTER, 0x1234, 0x0102030405060708L);
    private static final EchoMessages ECHO6 = new EchoMessages(ROUTER6, 0x1234, 0x0102030405060708L);
    private static final Optional<Reply> ANSWERED = Optional.of(new Reply.Answered(null));

    private static final String ABOUT_ECHO =
            "45000024 00000000 40010000 c0a816d9 c0a81601" + "08000000 12340001 0102030405060708";
    private static final String ABOUT_ECHO6 = "60000000 00103a40 20010db8000000000000000000000217"
            + "20010db8000000000000000000000001" + "80000000 12340001 0102030405060708";

    @Test
    void requestsAreAsDrawn() {
        // Ones' complement of 0800 + 1234 + 0001 + 0102 + 0304 + 0506 + 0708 = 2a49.
        assertThat(hex(ECHO.request(1))).isEqualTo("0800d5b6" + "12340001" + "0102030405060708");
        assertThat(hex(ECHO6.request(2))).isEqualTo("80000000" + "12340002" + "0102030405060708");
    }

    @Test
    void theTargetsReplyWithOurTokenIsTheAnswer() {
        assertThat(ECHO.reply(ROUTER, bytes("0000dead 12340001 0102030405060708")))
                .isEqualTo(ANSWERED);
        assertThat(ECHO6.reply(ROUTER6, bytes("8100dead 12340009 0102030405060708")))
                .isEqualTo(ANSWERED);
    }

    @Test
    void otherRepliesAreNot() {
        assertThat(ECHO.reply(IpAddress.parse("192.168.22.2"), bytes("0000dead 12340001 0102030405060708")))
                .isEmpty();
        assertThat(ECHO.reply(ROUTER, bytes("0000dead 12350001 0102030405060708")))
                .isEmpty();
        assertThat(ECHO.reply(ROUTER, bytes("0000dead 12340001 0102030405060709")))
                .isEmpty();
        // Our own request, as raw sockets hear it when the target is this host.
        assertThat(ECHO.reply(ROUTER, ECHO.request(1))).isEmpty();
        assertThat(ECHO.reply(ROUTER, bytes("0000dead 12340001"))).isEmpty();
        assertThat(ECHO.reply(ROUTER, new byte[0])).isEmpty();
        assertThat(ECHO6.reply(ROUTER6, bytes("0000dead 12340001 0102030405060708")))
                .isEmpty();
    }

    @Test
    void errorsAboutOurEchoAreUnderstood() {
        assertThat(ECHO.reply(ROUTER, bytes("0300dead 00000000" + ABOUT_ECHO)))
                .contains(new Reply.Refused("192.168.22.1 says: network unreachable"));
        assertThat(ECHO.reply(IpAddress.parse("192.168.22.217"), bytes("0301dead 00000000" + ABOUT_ECHO)))
                .contains(new Reply.Refused("this host says: host unreachable"));
        assertThat(ECHO.reply(ROUTER, bytes("0b00dead 00000000" + ABOUT_ECHO)))
                .contains(new Reply.Refused("192.168.22.1 says: passed on too often: routers send it in a circle"));
        assertThat(ECHO6.reply(ROUTER6, bytes("0100dead 00000000" + ABOUT_ECHO6)))
                .contains(new Reply.Refused("2001:db8::1 says: no route"));
        assertThat(ECHO6.reply(IpAddress.parse("2001:db8::217"), bytes("0103dead 00000000" + ABOUT_ECHO6)))
                .contains(new Reply.Refused("this host says: address unreachable"));
    }

    @Test
    void errorsAboutOthersAreNot() {
        assertThat(ECHO.reply(ROUTER, bytes("0300dead 00000000" + ABOUT_ECHO.replace("12340001", "99990001"))))
                .isEmpty();
        assertThat(ECHO.reply(ROUTER, bytes("0300dead 00000000" + ABOUT_ECHO.replace("c0a81601", "c0a81602"))))
                .isEmpty();
        assertThat(ECHO.reply(ROUTER, bytes("0300dead 00000000" + ABOUT_ECHO.substring(0, 40))))
                .isEmpty();
        assertThat(ECHO.reply(ROUTER, bytes("0300dead 00000000" + ABOUT_ECHO.replaceFirst("45", "4f"))))
                .isEmpty();
        assertThat(ECHO6.reply(ROUTER6, bytes("0100dead 00000000" + ABOUT_ECHO6.substring(0, 80))))
                .isEmpty();
    }

    @Test
    void eachHasAnIdentifierOfItsOwn() {
        assertThat(EchoMessages.withNewIdentifier(ROUTER)).isNotEqualTo(EchoMessages.withNewIdentifier(ROUTER));
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
