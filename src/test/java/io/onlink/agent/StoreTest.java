package io.onlink.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.onlink.attach.Conflict;
import io.onlink.attach.Endpoint;
import io.onlink.attach.SegmentNetwork;
import io.onlink.failure.ConfigurationException;
import io.onlink.ipam.Lease;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the store keeps, and across being opened again. */
class StoreTest {
    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
    private static final IpAddress ADDRESS = IpAddress.parse("192.168.22.222");
    private static final SegmentNetwork NETWORK = new SegmentNetwork("n1", "Service-Segment");
    private static final Endpoint ENDPOINT = new Endpoint(
            "e1",
            "n1",
            "Service-Segment",
            InterfaceAddress.parse("192.168.22.222/24"),
            InterfaceAddress.parse("2001:db8::222/64"),
            MacAddress.parse("02:42:c0:a8:16:de"),
            true,
            "/run/docker/netns/1",
            "web",
            NOW);

    @TempDir
    private Path directory;

    @Test
    void conflictsAddUpAndAreForgottenAfterADay() {
        MacAddress holder = MacAddress.parse("02:00:5e:00:53:77");
        Conflict first = new Conflict("front", ADDRESS, "endpoint e1", holder, NOW, NOW.plusSeconds(1), 2);
        Conflict second =
                new Conflict("front", ADDRESS, "container web", holder, NOW.plusSeconds(9), NOW.plusSeconds(10), 3);
        Conflict others = new Conflict(
                "front",
                ADDRESS,
                "container web",
                MacAddress.parse("02:00:5e:00:53:78"),
                NOW.plusSeconds(5),
                NOW.plusSeconds(5),
                1);
        with(store -> {
            store.put(first);
            store.put(others);
            store.put(second);
        });
        Conflict both = new Conflict("front", ADDRESS, "container web", holder, NOW, NOW.plusSeconds(10), 5);
        with(store -> assertThat(store.conflicts()).containsExactly(both, others));
        try (Store later = Store.open(directory.resolve("onlink.db"), () -> NOW.plusSeconds(24 * 3600 + 7))) {
            assertThat(later.conflicts()).containsExactly(both);
        }
    }

    /** Somebody else has the file, as a disk may be full: the engine says it once, and a container is not to be connected again. */
    @Test
    void whoLeftWhileThatCouldNotBeWrittenHasLeft() throws SQLException {
        Path file = directory.resolve("onlink.db");
        Endpoint second = new Endpoint(
                "e2",
                "n1",
                "Service-Segment",
                InterfaceAddress.parse("192.168.22.223/24"),
                null,
                MacAddress.parse("02:42:c0:a8:16:df"),
                null,
                "/run/docker/netns/1",
                "web",
                NOW);
        with(store -> {
            store.put(NETWORK, List.of());
            store.put(ENDPOINT);
            store.put(second);
        });
        try (Store store = Store.open(file, () -> NOW.plusSeconds(5));
                Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement lock = other.createStatement()) {
            lock.execute("BEGIN IMMEDIATE");
            store.left("e1", NOW.plusSeconds(5));
            assertThatThrownBy(() -> store.removeEndpoint("e2")).isInstanceOf(ConfigurationException.class);
            lock.execute("ROLLBACK");

            assertThat(store.endpoints())
                    .extracting(Endpoint::id, Endpoint::sandbox, Endpoint::since)
                    .containsExactlyInAnyOrder(
                            tuple("e1", null, NOW.plusSeconds(5)), tuple("e2", null, NOW.plusSeconds(5)));
            assertThat(store.endpointsIn("/run/docker/netns/1")).isEmpty();
            store.joined("e1", "/run/docker/netns/2");
            assertThat(store.endpointsIn("/run/docker/netns/2")).hasSize(1);
            store.removeEndpoint("e2");
            store.put(second);
            assertThat(store.endpointsIn("/run/docker/netns/1")).containsExactly(second);
        }
    }

    @Test
    void everythingIsThereAfterOpeningAgain() {
        Lease lease = new Lease(
                "Access-Segment", IpAddress.parse("192.168.52.5"), null, null, "02:42:00:00:00:01", NOW, true);
        with(store -> {
            store.put(NETWORK, List.of());
            store.put(ENDPOINT);
            store.put(lease, "a pool");
        });
        with(store -> {
            assertThat(store.networks()).containsExactly(NETWORK);
            assertThat(store.endpoints()).containsExactly(ENDPOINT);
            assertThat(store.endpointsIn("/run/docker/netns/1")).containsExactly(ENDPOINT);
            assertThat(store.endpointsIn("/run/docker/netns/2")).isEmpty();
            assertThat(store.leases()).hasSize(3).contains(lease);
            assertThat(store.lastGiven("a pool")).contains(IpAddress.parse("192.168.52.5"));
        });
    }

    @Test
    void anEndpointsLeasesAreItsOwnUntilItGoes() {
        with(store -> {
            store.put(new Lease("Service-Segment", ADDRESS, null, null, null, NOW.minusSeconds(90), false));
            store.put(NETWORK, List.of());
            store.put(ENDPOINT);
        });
        with(store -> {
            assertThat(store.lease("Service-Segment", ADDRESS).orElseThrow().endpoint())
                    .isEqualTo("e1");
            store.removeEndpoint("e1");
        });
        with(store -> {
            assertThat(store.lease("Service-Segment", ADDRESS)).isEmpty();
            assertThat(store.takeReleaseToCome("Service-Segment", ADDRESS)).isTrue();
            assertThat(store.takeReleaseToCome("Service-Segment", ADDRESS)).isFalse();
        });
    }

    @Test
    void aRenamedContainerTakesItsOwnAlongAndLeavesNothingOfARemovedOne() {
        Endpoint removed = endpoint("e2", "192.168.22.223/24", null);
        Endpoint renamed = endpoint("e3", "192.168.22.224/24", "2001:db8::224/64");
        with(store -> {
            store.put(NETWORK, List.of());
            for (Endpoint endpoint : List.of(ENDPOINT, removed, renamed)) {
                store.put(endpoint);
            }
            store.name("e1", "web", null);
            store.name("e2", "new", null);
            store.name("e3", "newer", null);
            store.containers(List.of("new", "newer"));
            // It has no IPv6 address: the removed one's is kept for the name still.
            store.renamed("new", "web");
            assertThat(store.keptFor("Service-Segment", "web"))
                    .extracting(kept -> kept.address().toString())
                    .containsExactlyInAnyOrder("192.168.22.223", "2001:db8::222");
            store.containers(List.of("newer"));
            store.renamed("newer", "web");
            assertThat(store.keptFor("Service-Segment", "web"))
                    .extracting(kept -> kept.address().toString())
                    .containsExactlyInAnyOrder("192.168.22.224", "2001:db8::224");
            assertThat(store.kept()).hasSize(2).allMatch(kept -> kept.gone() == null);
        });
    }

    @Test
    void whatIsKeptForAContainerThatIsSetAsideIsItsSuccessors() {
        with(store -> {
            store.put(NETWORK, List.of());
            store.put(ENDPOINT);
            store.name("e1", "web", "/var/lib/web/merged");
            store.setAside("web");
            assertThat(store.keptFor("Service-Segment", "web"))
                    .hasSize(2)
                    .allMatch(kept -> kept.root() == null && kept.gone() == null);
        });
    }

    private static Endpoint endpoint(String id, String ipv4, String ipv6) {
        return new Endpoint(
                id,
                "n1",
                "Service-Segment",
                InterfaceAddress.parse(ipv4),
                ipv6 == null ? null : InterfaceAddress.parse(ipv6),
                MacAddress.parse("02:42:c0:a8:16:df"),
                null,
                "/run/docker/netns/" + id,
                null,
                NOW);
    }

    @Test
    void aNetworkTakesItsEndpointsAlong() {
        with(store -> {
            store.put(NETWORK, List.of());
            store.put(ENDPOINT);
            store.removeNetwork("n1");
            store.removeNetwork("n1");
            store.removeEndpoint("e1");
        });
        with(store -> assertThat(store.endpoints()).isEmpty());
    }

    @Test
    void anEndpointOfAnUnknownNetworkIsRefusedWhole() {
        assertThatThrownBy(() -> with(store -> {
                    store.put(ENDPOINT);
                }))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("FOREIGN KEY");
        with(store -> assertThat(store.leases()).isEmpty());
    }

    @Test
    void aFileThatWasRemovedIsWrittenAnew() throws IOException {
        try (Store store = Store.open(directory.resolve("onlink.db"), () -> NOW)) {
            store.put(NETWORK, List.of());
            store.writeAnewIfRemoved();
            assertThat(directory.resolve("onlink.db.new")).doesNotExist();
            for (String suffix : List.of("", "-wal", "-shm")) {
                Files.delete(directory.resolve("onlink.db" + suffix));
            }
            store.put(ENDPOINT);
            store.writeAnewIfRemoved();
            with(other -> {
                assertThat(other.networks()).containsExactly(NETWORK);
                assertThat(other.endpoints()).containsExactly(ENDPOINT);
            });
            store.name("e1", "web", null);
            with(other -> assertThat(other.kept()).hasSize(2));
        }
        with(store -> assertThat(store.endpoints()).containsExactly(ENDPOINT));
    }

    @Test
    void aFileWhoseLogWasRemovedIsWrittenAnew() throws IOException {
        try (Store store = Store.open(directory.resolve("onlink.db"), () -> NOW)) {
            store.put(NETWORK, List.of());
            Files.delete(directory.resolve("onlink.db-wal"));
            store.writeAnewIfRemoved();
            with(other -> assertThat(other.networks()).containsExactly(NETWORK));
        }
    }

    @Test
    void aFileInTheAgentsPlaceIsPutAside() throws IOException {
        try (Store store = Store.open(directory.resolve("onlink.db"), () -> NOW)) {
            store.put(NETWORK, List.of());
            Files.delete(directory.resolve("onlink.db"));
            Files.createFile(directory.resolve("onlink.db"));
            store.writeAnewIfRemoved();
            with(other -> assertThat(other.networks()).containsExactly(NETWORK));
            assertThat(directory.resolve("onlink.db.aside")).exists();
        }
    }

    @Test
    void aCommitWaitsForTheDisk() throws SQLException {
        try (Database database = Database.open(directory.resolve("onlink.db"))) {
            assertThat(database.query("PRAGMA synchronous", row -> row.getInt(1)))
                    .containsExactly(2);
            assertThat(database.query("PRAGMA journal_mode", row -> row.getString(1)))
                    .containsExactly("wal");
            assertThat(database.query("PRAGMA foreign_keys", row -> row.getInt(1)))
                    .containsExactly(1);
        }
    }

    @Test
    void aNewerSchemaIsRefused() throws SQLException {
        with(Store::leases);
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("onlink.db"));
                var statement = connection.createStatement()) {
            statement.execute("PRAGMA user_version = 99");
        }
        assertThatThrownBy(() -> with(Store::leases))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("newer Onlink");
    }

    private void with(Consumer<Store> work) {
        try (Store store = Store.open(directory.resolve("onlink.db"), () -> NOW)) {
            work.accept(store);
        }
    }
}
