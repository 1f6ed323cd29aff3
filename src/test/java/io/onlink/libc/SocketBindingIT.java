package io.onlink.libc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two neighbours with the same address, on a link each: who answers is whose link the socket is bound to. Control groups of version 2
 * without controllers, which stand beside whatever the machine has. Needs root; a VRF is not needed, as the kernel binds to any link.
 */
class SocketBindingIT {
    private static final int FIRST_INDEX = 100;
    private static final int SECOND_INDEX = 200;

    private final TestNamespace here = new TestNamespace();
    private final TestNamespace first = new TestNamespace();
    private final TestNamespace second = new TestNamespace();

    @TempDir
    private Path groups;

    private Path outer = Path.of("none");
    private Path inner = Path.of("none");

    @BeforeEach
    void connect() throws IOException, InterruptedException {
        connect(first, "v1", FIRST_INDEX, "02:00:00:00:00:01", 10);
        connect(second, "v2", SECOND_INDEX, "02:00:00:00:00:02", 20);
        run("mount", "-t", "cgroup2", "cgroup2", groups.toString());
        outer = Files.createDirectory(groups.resolve("onlink-test-" + here.name()));
        inner = Files.createDirectory(outer.resolve("inner"));
    }

    private void connect(TestNamespace neighbour, String link, int index, String mac, int metric) {
        here.ip("link add %s index %d type veth peer name eth0 address %s netns %s"
                .formatted(link, index, mac, neighbour.name()));
        neighbour.ip("addr add 10.0.0.2/24 dev eth0");
        neighbour.ip("link set eth0 up");
        here.ip("addr add 10.0.0.1/24 metric %d dev %s".formatted(metric, link));
        here.ip("link set %s up".formatted(link));
    }

    @AfterEach
    void close() throws IOException, InterruptedException {
        Files.delete(inner);
        Files.delete(outer);
        run("umount", groups.toString());
        here.close();
        first.close();
        second.close();
    }

    @Test
    void aNewSocketIsBoundToTheLink() {
        assertThat(answering(outer)).isEqualTo("v1");
        SocketBinding.bind(outer, SECOND_INDEX);
        assertThat(answering(outer)).isEqualTo("v2");
        assertThat(answering(inner)).isEqualTo("v2");
        assertThat(SocketBinding.of(outer)).hasValue(SECOND_INDEX);
        assertThat(SocketBinding.of(inner)).isEmpty();
    }

    @Test
    void theLowerGroupDecides() {
        SocketBinding.bind(outer, FIRST_INDEX);
        SocketBinding.bind(inner, SECOND_INDEX);
        assertThat(answering(outer)).isEqualTo("v1");
        assertThat(answering(inner)).isEqualTo("v2");
    }

    @Test
    void anotherBindingTakesThePlaceOfTheFirst() {
        SocketBinding.bind(outer, SECOND_INDEX);
        SocketBinding.bind(outer, SECOND_INDEX);
        SocketBinding.bind(outer, FIRST_INDEX);
        assertThat(SocketBinding.of(outer)).hasValue(FIRST_INDEX);
        assertThat(answering(outer)).isEqualTo("v1");
        SocketBinding.bind(outer, SECOND_INDEX);
        assertThat(answering(outer)).isEqualTo("v2");
    }

    @Test
    void releasedItIsAsBefore() {
        SocketBinding.bind(outer, SECOND_INDEX);
        SocketBinding.release(outer);
        SocketBinding.release(outer);
        assertThat(SocketBinding.of(outer)).isEqualTo(OptionalInt.empty());
        assertThat(answering(outer)).isEqualTo("v1");
    }

    /** By which link a ping from a control group found somebody: the neighbours' tables say whom it asked. */
    private String answering(Path group) {
        List.of("v1", "v2").forEach(link -> here.ip("neigh flush dev " + link));
        String pinging = "echo $$ > '%s/cgroup.procs' && exec ping -q -n -c 1 -W 5 10.0.0.2".formatted(group);
        here.exec("sh", "-c", pinging);
        return here.ip("neigh show 10.0.0.2").contains("dev v1") ? "v1" : "v2";
    }

    private static void run(String... command) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor())
                .as(String.join(" ", command))
                .isZero();
    }
}
