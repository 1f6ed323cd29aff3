package io.onlink.load;

import io.onlink.load.PluginCall.Kind;
import io.onlink.load.PluginCall.Outcome;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The plugin's socket as an engine sees it: a connection a call, which fails at once where nobody listens or no more may wait
 * (connect(2): EAGAIN). For any thread, virtual ones too; each call goes into the journal.
 */
final class PluginSocket implements AutoCloseable {
    private static final Duration GIVE_UP = Duration.ofSeconds(60);
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Pattern ANSWER =
            Pattern.compile("HTTP/1\\.[01] 200 [^\r\n]*\r\n.*?\r\n\r\n(.*)", Pattern.DOTALL);

    private final Path socket;
    private final CallJournal journal;
    private final ScheduledThreadPoolExecutor impatience;

    PluginSocket(Path socket, CallJournal journal) {
        this.socket = socket;
        this.journal = journal;
        impatience = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("impatience").daemon().factory());
        impatience.setRemoveOnCancelPolicy(true);
    }

    /** What is asked, and for whom. */
    record Question(
            Kind kind, int life, String segment, @Nullable IpAddress address, String body) {
        /** As the engine repeats a call that it has sent already. */
        Question withoutContent() {
            return new Question(kind, life, segment, address, "");
        }
    }

    /** How a caller goes away in the middle. */
    record Abandonment(boolean isWhole, Duration after) {}

    PluginCall ask(Question question) {
        return ask(question, null);
    }

    /** Sends the request or a half of it, and closes the connection after a while. */
    PluginCall abandon(Question question, Abandonment abandonment) {
        return ask(question, abandonment);
    }

    private PluginCall ask(Question question, @Nullable Abandonment abandonment) {
        long begin = System.nanoTime();
        PluginCall call;
        try (SocketChannel channel = SocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
            channel.configureBlocking(false);
            if (!channel.connect(UnixDomainSocketAddress.of(socket))) {
                call = call(question, begin, Outcome.NOT_CONNECTED, "no room for one more who waits");
            } else {
                channel.configureBlocking(true);
                call = abandonment == null
                        ? converse(question, begin, channel)
                        : leave(question, begin, channel, abandonment);
            }
        } catch (IOException nobody) {
            call = call(question, begin, Outcome.NOT_CONNECTED, String.valueOf(nobody.getMessage()));
        }
        journal.add(call);
        return call;
    }

    private PluginCall converse(Question question, long begin, SocketChannel channel) {
        var closing = impatience.schedule(() -> close(channel), GIVE_UP.toMillis(), TimeUnit.MILLISECONDS);
        try {
            write(channel, request(question));
            return answered(question, begin, readAll(channel));
        } catch (AsynchronousCloseException noPatience) {
            return call(question, begin, Outcome.NEVER, "");
        } catch (IOException broken) {
            return call(question, begin, Outcome.LOST, String.valueOf(broken.getMessage()));
        } finally {
            closing.cancel(false);
        }
    }

    private static PluginCall leave(Question question, long begin, SocketChannel channel, Abandonment abandonment) {
        ByteBuffer request = request(question);
        if (!abandonment.isWhole()) {
            request.limit(request.limit() / 2);
        }
        try {
            write(channel, request);
            Thread.sleep(abandonment.after());
        } catch (IOException | InterruptedException thisTooIsAnEnd) {
            return call(question, begin, Outcome.ABANDONED, thisTooIsAnEnd.toString());
        }
        return call(question, begin, Outcome.ABANDONED, "");
    }

    /** As Go's client writes it for moby's plugins, with an empty Host. */
    private static ByteBuffer request(Question question) {
        byte[] body = question.body().getBytes(StandardCharsets.UTF_8);
        byte[] head = "POST /%s HTTP/1.1\r\nHost: \r\nContent-Length: %d\r\n\r\n"
                .formatted(question.kind().path(), body.length)
                .getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(head.length + body.length)
                .put(head)
                .put(body)
                .flip();
    }

    private static void write(SocketChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** The server ends the connection. */
    private static String readAll(SocketChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(16 * 1024);
        while (channel.read(bytes) >= 0) {
            if (!bytes.hasRemaining()) {
                throw new IOException("an answer of more than " + bytes.capacity() + " bytes");
            }
        }
        return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
    }

    private static PluginCall answered(Question question, long begin, String answer) {
        if (answer.isEmpty()) {
            return call(question, begin, Outcome.LOST, "end of the connection");
        }
        Matcher matcher = ANSWER.matcher(answer);
        if (!matcher.matches()) {
            return call(question, begin, Outcome.WRONG, answer);
        }
        try {
            JsonNode content = JSON.readTree(matcher.group(1));
            String refusal = content.path("Err").asString("");
            if (refusal.contains("failed inside Onlink")
                    || !refusal.equals(content.path("Error").asString(""))) {
                return call(question, begin, Outcome.WRONG, answer);
            }
            if (!refusal.isEmpty()) {
                return call(question, begin, Outcome.REFUSED, refusal);
            }
            String given = content.path("Address").asString("");
            return call(
                    question,
                    begin,
                    Outcome.ANSWERED,
                    given.isEmpty() ? null : InterfaceAddress.parse(given),
                    content.path("Interface").path("MacAddress").asString(""));
        } catch (JacksonException | IllegalArgumentException malformed) {
            return call(question, begin, Outcome.WRONG, answer);
        }
    }

    private static PluginCall call(Question question, long begin, Outcome outcome, String text) {
        return call(question, begin, outcome, null, text);
    }

    private static PluginCall call(
            Question question, long begin, Outcome outcome, @Nullable InterfaceAddress given, String text) {
        return new PluginCall(
                question.kind(),
                question.life(),
                question.segment(),
                question.address(),
                begin,
                System.nanoTime(),
                outcome,
                given,
                text);
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException closedAnyhow) {
            throw new AssertionError(closedAnyhow);
        }
    }

    @Override
    public void close() {
        impatience.shutdownNow();
    }
}
