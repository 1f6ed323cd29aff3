package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plugin's socket: real requests, byte by byte as engines send them. */
class PluginServerTest {
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

    private static String post(Path socket, String host, String call, String body) throws IOException {
        String request = "POST /%s HTTP/1.1\r\nHost: %s\r\nAccept: application/vnd.docker.plugins.v1.2+json\r\n"
                        .formatted(call, host)
                + "Content-Length: %d\r\nConnection: close\r\n\r\n%s".formatted(body.length(), body);
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer answer = ByteBuffer.allocate(64 * 1024);
            while (channel.read(answer) >= 0) {
                assertThat(answer.hasRemaining()).isTrue();
            }
            return new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
        }
    }
}
