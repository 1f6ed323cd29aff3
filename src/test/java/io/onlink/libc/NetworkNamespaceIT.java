package io.onlink.libc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against {@code ip netns}, which must see what we make and the other way round. Needs root. */
class NetworkNamespaceIT {
    private final String name = "netlink-" + ProcessHandle.current().pid() + "-netns";

    @AfterEach
    void removeWhatIsLeft() {
        NetworkNamespace namespace = NetworkNamespace.named(name);
        if (namespace.exists()) {
            namespace.delete();
        }
    }

    @Test
    void ipSeesWhatWeMadeAndGoneWhenDeleted() throws IOException {
        NetworkNamespace namespace = NetworkNamespace.create(name);
        assertThat(run("ip", "netns", "list")).contains(name);
        assertThat(run("ip", "netns", "exec", name, "readlink", "/proc/self/ns/net")
                        .strip())
                .isEqualTo(namespace.call(NetworkNamespaceIT::current).toString())
                .isNotEqualTo(current().toString());
        namespace.delete();
        assertThat(run("ip", "netns", "list")).doesNotContain(name);
        assertThat(namespace.exists()).isFalse();
    }

    @Test
    void weEnterWhatIpMade() throws IOException {
        run("ip", "netns", "add", name);
        Path here = current();
        NetworkNamespace namespace = NetworkNamespace.named(name);
        assertThat(namespace.call(NetworkNamespaceIT::current)).isNotEqualTo(here);
        assertThat(current()).isEqualTo(here);
    }

    @Test
    void aTakenNameIsRefusedAndLeftAlone() {
        NetworkNamespace first = NetworkNamespace.create(name);
        assertThatThrownBy(() -> NetworkNamespace.create(name))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining("EEXIST");
        assertThat(first.exists()).isTrue();
    }

    @Test
    void whatTheTaskThrowsComesOut() {
        NetworkNamespace namespace = NetworkNamespace.create(name);
        assertThatThrownBy(() -> namespace.call(() -> {
                    throw new IOException("from inside");
                }))
                .isInstanceOf(IOException.class)
                .hasMessage("from inside");
    }

    @Test
    void aVirtualThreadMayCall() throws InterruptedException, ExecutionException {
        NetworkNamespace namespace = NetworkNamespace.create(name);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            boolean virtualInside = threads.submit(
                            () -> namespace.call(() -> Thread.currentThread().isVirtual()))
                    .get();
            assertThat(virtualInside).isFalse();
        }
    }

    @Test
    void whatIsNotThereIsSaid() {
        NetworkNamespace missing = NetworkNamespace.named(name);
        assertThatThrownBy(() -> missing.call(() -> null))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining("/run/netns/" + name)
                .hasMessageContaining("ENOENT");
        assertThatThrownBy(missing::delete)
                .isInstanceOf(UncheckedIOException.class)
                .hasCauseInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> NetworkNamespace.named("../x")).isInstanceOf(IllegalArgumentException.class);
    }

    private static Path current() throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net"));
    }

    private static String run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
