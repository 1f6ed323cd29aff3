package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.failure.EngineException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plugin's socket: real requests, byte by byte as engines send them. */
class PluginServerTest {
    private static final String LEAVE = "{\"NetworkID\":\"9f2c4b1e7a6d\",\"EndpointID\":\"5c1d0b6d9d0e\"}";

    @TempDir
    private Path directory;

    @Test
    void answersEveryEngine() throws IOException {
        Path socket = directory.resolve("plugins").resolve("onlink.sock");
        try (PluginServer server = PluginServer.start(socket, new FixedAnswers(), new FixedAnswers())) {
            assertThat(server).isNotNull();
            // 20.10 leaves the host empty, engines from 24 on make one up.
            assertThat(post(socket, "", "Plugin.Activate", "{}"))
                    .startsWith("HTTP/1.1 200")
                    .contains("\"Implements\":[\"NetworkDriver\",\"IpamDriver\"]");
            assertThat(post(socket, "plugin.moby.localhost", "NetworkDriver.GetCapabilities", ""))
                    .contains("\"Scope\":\"local\"");
            assertThat(post(socket, "", "NetworkDriver.Fly", "{}")).startsWith("HTTP/1.1 404");
            assertThat(Files.getPosixFilePermissions(socket)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        }
        assertThat(socket).doesNotExist();
    }

    @Test
    void replacesWhatAKilledAgentLeft() throws IOException {
        Path socket = directory.resolve("onlink.sock");
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(socket))
                .close();
        assertThat(socket).exists();
        try (PluginServer server = PluginServer.start(socket, new FixedAnswers(), new FixedAnswers())) {
            assertThat(server).isNotNull();
            assertThat(post(socket, "", "Plugin.Activate", "{}")).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void listensAnewWhereTheSocketWasRemoved() throws IOException {
        Path socket = directory.resolve("plugins").resolve("onlink.sock");
        try (PluginServer server = PluginServer.start(socket, new FixedAnswers(), new FixedAnswers())) {
            server.listenAgainIfRemoved();
            Files.delete(socket);
            Files.delete(socket.getParent());
            server.listenAgainIfRemoved();
            assertThat(post(socket, "", "Plugin.Activate", "{}")).startsWith("HTTP/1.1 200");
            assertThat(Files.getPosixFilePermissions(socket)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        }
        assertThat(socket).doesNotExist();
    }

    @Test
    void leavesASocketOnWhichAnotherAnswers() throws IOException {
        Path socket = directory.resolve("onlink.sock");
        PluginServer first = PluginServer.start(socket, new FixedAnswers(), new FixedAnswers());
        assertThatThrownBy(() -> PluginServer.start(socket, new FixedAnswers(), new FixedAnswers()))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("another process answers on the plugin socket " + socket);
        Files.delete(socket);
        try (PluginServer second = PluginServer.start(socket, new FixedAnswers(), new FixedAnswers())) {
            assertThat(second).isNotNull();
            assertThatThrownBy(first::listenAgainIfRemoved).isInstanceOf(EngineException.class);
            first.close();
            assertThat(post(socket, "", "Plugin.Activate", "{}")).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void keepsNoConnectionInWhichACallCouldBeLost() throws IOException {
        Path socket = directory.resolve("onlink.sock");
        try (PluginServer server = PluginServer.start(socket, new FixedAnswers(), new FixedAnswers())) {
            assertThat(server).isNotNull();
            // That post returns at all means that the server has closed the connection.
            assertThat(post(socket, "", "Plugin.Activate", "{}", "keep-alive")).contains("Connection: close");
        }
    }

    /** As on a machine so busy that nobody came to read what the engine had asked. */
    @Test
    void saysWhatItCanDoHoweverLate() throws Exception {
        Path socket = directory.resolve("onlink.sock");
        CountDownLatch goOn = new CountDownLatch(1);
        FixedAnswers slow = new FixedAnswers() {
            @Override
            public void leave(EndpointCall request) {
                try {
                    goOn.await();
                } catch (InterruptedException ended) {
                    throw new AssertionError(ended);
                }
            }
        };
        try (PluginServer server = PluginServer.start(socket, slow, slow);
                SocketChannel activate = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                SocketChannel capabilities = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                SocketChannel leave = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            assertThat(server).isNotNull();
            Thread.sleep(Duration.ofSeconds(8));
            assertThat(post(activate, "", "Plugin.Activate", "", "close")).contains("\"NetworkDriver\"");
            assertThat(post(capabilities, "", "NetworkDriver.GetCapabilities", "", "close"))
                    .contains("\"Scope\":\"local\"");
            assertThat(post(leave, "", "NetworkDriver.Leave", LEAVE, "close"))
                    .contains("NetworkDriver.Leave took Onlink longer than");
            goOn.countDown();
        }
    }

    @Test
    void endsWithTheCallsUnderWayAnswered() throws Exception {
        Path socket = directory.resolve("onlink.sock");
        CountDownLatch underWay = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        FixedAnswers slow = new FixedAnswers() {
            @Override
            public void leave(EndpointCall request) {
                underWay.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException ended) {
                    throw new IllegalStateException(ended);
                }
            }
        };
        PluginServer server = PluginServer.start(socket, slow, slow);
        FutureTask<String> answer = new FutureTask<>(() -> post(socket, "", "NetworkDriver.Leave", LEAVE));
        Thread.ofPlatform().start(answer);
        underWay.await();
        Thread end = Thread.ofPlatform().start(server::close);
        while (Files.exists(socket)) {
            Thread.onSpinWait();
        }
        goOn.countDown();
        assertThat(answer.get()).startsWith("HTTP/1.1 200").endsWith("{}");
        end.join();
    }

    private static String post(Path socket, String host, String call, String body) throws IOException {
        return post(socket, host, call, body, "close");
    }

    private static String post(Path socket, String host, String call, String body, String connection)
            throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            return post(channel, host, call, body, connection);
        }
    }

    private static String post(SocketChannel channel, String host, String call, String body, String connection)
            throws IOException {
        String request = "POST /%s HTTP/1.1\r\nHost: %s\r\nAccept: application/vnd.docker.plugins.v1.2+json\r\n"
                        .formatted(call, host)
                + "Content-Length: %d\r\nConnection: %s\r\n\r\n%s".formatted(body.length(), connection, body);
        channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
        ByteBuffer answer = ByteBuffer.allocate(64 * 1024);
        while (channel.read(answer) >= 0) {
            assertThat(answer.hasRemaining()).isTrue();
        }
        return new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
    }
}
