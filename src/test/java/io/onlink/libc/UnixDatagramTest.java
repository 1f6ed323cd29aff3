package io.onlink.libc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Datagrams to a socket with a path, and to one of the abstract name space. */
class UnixDatagramTest {
    @TempDir
    private Path directory;

    @Test
    void reachesBothKindsOfAddress() {
        for (String address : new String[] {
            directory.resolve("notify").toString(),
            "@onlink-test-" + ProcessHandle.current().pid()
        }) {
            try (Descriptor receiver = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0)) {
                Libc.bind(receiver, UnixDatagram.encode(address));
                UnixDatagram.send(address, "READY=1\nSTATUS=Grüße");
                ByteBuffer received = ByteBuffer.allocateDirect(100);
                assertThat(Libc.recvfrom(receiver, received, Libc.MSG_DONTWAIT, ByteBuffer.allocateDirect(110)))
                        .isPresent();
                assertThat(StandardCharsets.UTF_8.decode(received).toString()).isEqualTo("READY=1\nSTATUS=Grüße");
            }
        }
    }

    @Test
    void saysThatNobodyListens() {
        assertThatThrownBy(() -> UnixDatagram.send(directory.resolve("nobody").toString(), "READY=1"))
                .isInstanceOfSatisfying(
                        SystemCallException.class,
                        refused -> assertThat(refused.errno()).isEqualTo(Errno.ENOENT));
        assertThatThrownBy(() -> UnixDatagram.send("/" + "x".repeat(120), "READY=1"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
