package io.onlink.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever bytes come, a parser answers with a value or with MalformedMessageException. The seeds are fixed, so that what
 * fails fails again.
 */
class ParserFuzzTest {
    private static final int ROUNDS = 5_000;
    private static final LinkNames NAMES = index -> "link" + index;

    private static final List<byte[]> VALID = Requests.all().values().stream()
            .map(request -> request.encode(0, 1, 1))
            .toList();

    static Stream<Integer> seeds() {
        return IntStream.range(0, 8).boxed();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void bytesAtRandom(int seed) {
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            parse(bytes);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void messagesWithAFewBytesChanged(int seed) {
        Random random = new Random(seed);
        int understood = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = VALID.get(random.nextInt(VALID.size())).clone();
            for (int change = random.nextInt(4); change > 0; change--) {
                // Small numbers more often than not: they pass for lengths, types and families.
                bytes[random.nextInt(bytes.length)] =
                        (byte) (random.nextBoolean() ? random.nextInt(20) : random.nextInt());
            }
            understood += parse(bytes) ? 1 : 0;
        }
        assertThat(understood).isBetween(1, ROUNDS - 1);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void messagesCutOff(int seed) {
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            byte[] whole = VALID.get(random.nextInt(VALID.size()));
            byte[] bytes = Arrays.copyOf(whole, random.nextInt(whole.length));
            if (random.nextBoolean() && bytes.length >= 4) {
                // A header that admits it, so that the cut is found further inside.
                ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).putInt(0, bytes.length);
            }
            parse(bytes);
        }
    }

    /** Whether a parser understood some of it; any other exception ends the test. */
    private static boolean parse(byte[] bytes) {
        List<Message> messages;
        try {
            messages = Message.parse(ByteBuffer.wrap(bytes));
        } catch (MalformedMessageException malformed) {
            return false;
        }
        boolean understood = false;
        for (Message message : messages) {
            // Every parser gets every message: the type is not what protects it.
            understood |= survives(() -> LinkMessage.parse(message).link(NAMES));
            understood |= survives(() -> LinkMessage.parse(message).status());
            understood |= survives(() -> AddressMessages.parse(message, NAMES));
            understood |= survives(() -> RouteMessages.parse(message, NAMES));
            understood |= survives(() -> RuleMessages.parse(message));
            understood |= survives(() -> NeighbourMessages.parse(message, NAMES));
            understood |= survives(() -> ExtendedAck.parse(message.payload().copy()));
            understood |= survives(() -> new EventParser().parse(message));
        }
        return understood;
    }

    private static boolean survives(Runnable parser) {
        try {
            parser.run();
            return true;
        } catch (MalformedMessageException malformed) {
            return false;
        }
    }
}
