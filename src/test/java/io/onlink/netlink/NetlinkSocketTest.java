package io.onlink.netlink;

import static io.onlink.netlink.ScriptedDatagrams.PORT_ID;
import static io.onlink.netlink.ScriptedDatagrams.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.libc.Errno;
import io.onlink.model.Family;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** How the socket reads answers, with answers no kernel gives on demand. */
class NetlinkSocketTest {
    private static final Request DELETE = LinkRequests.delete(7);
    private static final Request LIST = RouteMessages.list(Family.IPV4);

    private final ScriptedDatagrams kernel = new ScriptedDatagrams();
    private final NetlinkSocket socket = new NetlinkSocket(kernel);

    @Test
    void anAcknowledgementEndsARequest() {
        kernel.answer(() -> error(1, 0)).answer(() -> error(2, 0));
        socket.perform(DELETE);
        socket.perform(DELETE);
        assertThat(kernel.requests()).isEqualTo(2);
    }

    @Test
    void aRefusalCarriesWhatTheKernelSays() {
        kernel.answer(() -> message(
                NetlinkConstants.NLMSG_ERROR,
                NetlinkConstants.NLM_F_CAPPED | NetlinkConstants.NLM_F_ACK_TLVS,
                1,
                PORT_ID,
                errorAnd(-22, 32, sentence("Attribute is bad").andThen(offset(36)))));
        assertThatThrownBy(() -> socket.perform(DELETE))
                .isInstanceOfSatisfying(RefusedException.class, refused -> {
                    assertThat(refused.errno()).isEqualTo(Errno.EINVAL);
                    assertThat(refused.explanation()).isEqualTo("Attribute is bad (at byte 36 of the request)");
                })
                .hasMessage("RTM_DELLINK: EINVAL (Invalid argument): Attribute is bad (at byte 36 of the request)");
    }

    /** A kernel that does not know NETLINK_CAP_ACK repeats the request between the error and what it says. */
    @Test
    void aRepeatedRequestIsPassedOver() {
        byte[] repeated = new byte[20];
        kernel.answer(() -> message(
                NetlinkConstants.NLMSG_ERROR,
                NetlinkConstants.NLM_F_ACK_TLVS,
                1,
                PORT_ID,
                errorAnd(-17, 16 + repeated.length, bytes -> bytes.put(repeated))
                        .andThen(sentence("Name is taken"))));
        assertThatThrownBy(() -> socket.perform(DELETE)).hasMessageEndingWith("EEXIST (File exists): Name is taken");
    }

    @Test
    void anErrorWithoutAWordIsJustTheError() {
        kernel.answer(() -> error(1, -1));
        assertThatThrownBy(() -> socket.perform(DELETE)).hasMessage("RTM_DELLINK: EPERM (Operation not permitted)");
    }

    @Test
    void answersToOthersAndToEarlierRequestsArePassedOver() {
        kernel.answer(
                () -> error(99, -1),
                () -> message(NetlinkConstants.NLMSG_ERROR, 0, 1, PORT_ID + 1, errorAnd(-1, 16, _ -> {})),
                () -> join(error(98, -2), error(1, 0)));
        socket.perform(DELETE);
    }

    @Test
    void aListIsMadeOfManyDatagrams() {
        kernel.answer(
                () -> join(route(1, 0, 1), route(1, 0, 2)),
                () -> message(NetlinkConstants.NLMSG_NOOP, 0, 1, PORT_ID, _ -> {}),
                () -> route(1, 0, 3),
                () -> done(1, 0, 0));
        List<Message> routes = socket.dump(LIST);
        assertThat(routes.stream()
                        .map(message -> message.payload().copy().skip(1).u8()))
                .containsExactly(1, 2, 3);
    }

    @Test
    void aListThatChangedMeanwhileIsReadAgain() {
        int interrupted = NetlinkConstants.NLM_F_DUMP_INTR;
        kernel.answer(() -> route(1, 0, 1), () -> route(1, interrupted, 2), () -> done(1, 0, 0))
                .answer(() -> route(2, 0, 1), () -> done(2, interrupted, 0))
                .answer(() -> route(3, 0, 5), () -> done(3, 0, 0));
        List<Message> routes = socket.dump(LIST);
        assertThat(kernel.requests()).isEqualTo(3);
        assertThat(routes).hasSize(1);
        assertThat(routes.getFirst().sequence()).isEqualTo(3);
    }

    @Test
    void aListThatNeverStandsStillIsGivenUp() {
        for (int attempt = 1; attempt <= 100; attempt++) {
            int sequence = attempt;
            kernel.answer(() -> done(sequence, NetlinkConstants.NLM_F_DUMP_INTR, 0));
        }
        assertThatThrownBy(() -> socket.dump(LIST))
                .isInstanceOf(LostMessagesException.class)
                .hasMessageContaining("RTM_GETROUTE")
                .hasMessageContaining("20 attempts");
        assertThat(kernel.requests()).isEqualTo(20);
    }

    @Test
    void aListOfWhichSomethingWasLostIsReadAgain() {
        ScriptedDatagrams.Datagram noRoom = () -> {
            throw new LostMessagesException("ENOBUFS");
        };
        kernel.answer(() -> route(1, 0, 1), noRoom, () -> route(1, 0, 3), () -> done(1, 0, 0))
                .answer(() -> message(NetlinkConstants.NLMSG_OVERRUN, 0, 2, PORT_ID, _ -> {}), () -> done(2, 0, 0))
                .answer(() -> route(3, 0, 1), () -> route(3, 0, 2), () -> done(3, 0, 0));
        assertThat(socket.dump(LIST)).hasSize(2);
    }

    @Test
    void aListCanEndInARefusal() {
        kernel.answer(() -> route(1, 0, 1), () -> done(1, 0, -95)).answer(() -> error(2, -1));
        assertThatThrownBy(() -> socket.dump(LIST)).hasMessageContaining("EOPNOTSUPP");
        assertThatThrownBy(() -> socket.dump(LIST)).hasMessageContaining("EPERM");
    }

    @Test
    void aRefusalOfAListSpeaksToo() {
        kernel.answer(() -> message(NetlinkConstants.NLMSG_DONE, NetlinkConstants.NLM_F_ACK_TLVS, 1, PORT_ID, bytes -> {
            bytes.putInt(-22);
            sentence("Invalid header").accept(bytes);
        }));
        assertThatThrownBy(() -> socket.dump(LIST)).hasMessageEndingWith("EINVAL (Invalid argument): Invalid header");
    }

    @Test
    void silenceIsSaid() {
        assertThatThrownBy(() -> socket.perform(DELETE))
                .isInstanceOf(NoReplyException.class)
                .hasMessageContaining("RTM_DELLINK");
    }

    private static byte[] error(int sequence, int error) {
        return message(
                NetlinkConstants.NLMSG_ERROR,
                NetlinkConstants.NLM_F_CAPPED,
                sequence,
                PORT_ID,
                errorAnd(error, 16, _ -> {}));
    }

    /** {@code struct nlmsgerr}, the header of the request in it, and more. */
    private static Consumer<ByteBuffer> errorAnd(int error, int requestLength, Consumer<ByteBuffer> more) {
        return bytes -> {
            bytes.putInt(error).putInt(requestLength).put(new byte[12]);
            more.accept(bytes);
        };
    }

    private static byte[] done(int sequence, int flags, int error) {
        return message(NetlinkConstants.NLMSG_DONE, flags, sequence, PORT_ID, bytes -> bytes.putInt(error));
    }

    private static byte[] route(int sequence, int flags, int prefixLength) {
        return message(
                RtnetlinkConstants.RTM_NEWROUTE,
                flags,
                sequence,
                PORT_ID,
                bytes -> bytes.put((byte) 2).put((byte) prefixLength).put(new byte[10]));
    }

    private static Consumer<ByteBuffer> sentence(String text) {
        byte[] value = (text + "\0").getBytes(StandardCharsets.UTF_8);
        return bytes -> {
            bytes.putShort((short) (4 + value.length)).putShort((short) NetlinkConstants.NLMSGERR_ATTR_MSG);
            bytes.put(value).put(new byte[Alignment.padding(value.length)]);
        };
    }

    private static Consumer<ByteBuffer> offset(int offset) {
        return bytes -> bytes.putShort((short) 8)
                .putShort((short) NetlinkConstants.NLMSGERR_ATTR_OFFS)
                .putInt(offset);
    }

    private static byte[] join(byte[]... messages) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] message : messages) {
            all.writeBytes(message);
        }
        return all.toByteArray();
    }
}
