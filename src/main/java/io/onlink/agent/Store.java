package io.onlink.agent;

import io.onlink.attach.Conflict;
import io.onlink.attach.Endpoint;
import io.onlink.attach.EndpointStore;
import io.onlink.attach.SegmentNetwork;
import io.onlink.failure.ConfigurationException;
import io.onlink.ipam.KeptAddress;
import io.onlink.ipam.Lease;
import io.onlink.ipam.LeaseStore;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's lasting state: networks, endpoints and leases in one SQLite file. A change is on the disk when its method
 * returns, and whole or not there at all after SIGKILL or a power cut. For any platform thread; one at a time is served.
 */
public final class Store implements LeaseStore, EndpointStore, AutoCloseable {
    private static final String ENDPOINT_COLUMNS =
            "SELECT e.id, e.network, n.segment, e.ipv4, e.ipv6, e.mac, e.default_route, e.sandbox, e.container, e.created"
                    + " FROM endpoints e JOIN networks n ON n.id = e.network";
    private static final String LEASE_COLUMNS =
            "SELECT segment, address, endpoint, auxiliary_of, mac, since, pooled FROM leases";
    private static final String KEPT_COLUMNS =
            "SELECT segment, address, container, pooled, root, since, gone FROM kept";

    private static final Duration CONFLICTS_KEPT = Duration.ofDays(1);

    /** The engine asks for up to half a minute, for each family and for the endpoint, before it gives up and releases. */
    private static final Duration LATEST_RELEASE = Duration.ofMinutes(2);

    /** Somebody who claims in ever new names fills no disk. */
    private static final int MOST_CONFLICTS = 1000;

    private static final Logger log = LoggerFactory.getLogger(Store.class);

    private final Database database;
    private final InstantSource clock;

    /** Endpoints that left their sandboxes, and since when, where that could not be written: the engine does not say it again. */
    private final Map<String, Instant> leftUnwritten = new ConcurrentHashMap<>();

    private Store(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * Opens the store, making it where there is none and bringing an older one up to date.
     *
     * @throws io.onlink.failure.ConfigurationException if the file cannot be used, or a newer Onlink wrote it
     */
    public static Store open(Path file, InstantSource clock) {
        return new Store(Database.open(file), clock);
    }

    /** The file of the agent that has this state directory. */
    public static Path fileIn(Path stateDirectory) {
        return stateDirectory.resolve("onlink.db");
    }

    /**
     * What an agent's store says, to another program; empty where no agent ever ran.
     *
     * @throws io.onlink.failure.ConfigurationException as {@link #open}
     */
    public static <T> Optional<T> read(Path stateDirectory, Function<Store, T> look) {
        Path file = fileIn(stateDirectory);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try (Store store = open(file, InstantSource.system())) {
            return Optional.of(look.apply(store));
        }
    }

    @Override
    public void put(SegmentNetwork network, List<IpAddress> auxiliary) {
        database.transaction(() -> {
            database.update(
                    "INSERT INTO networks (id, segment, created) VALUES (?, ?, ?)"
                            + " ON CONFLICT (id) DO UPDATE SET segment = excluded.segment",
                    network.id(),
                    network.segment(),
                    now());
            for (IpAddress address : auxiliary) {
                database.update(
                        "UPDATE leases SET auxiliary_of = ? WHERE segment = ? AND address = ?",
                        network.id(),
                        network.segment(),
                        address.toString());
            }
        });
    }

    @Override
    public void removeNetwork(String id) {
        database.update("DELETE FROM networks WHERE id = ?", id);
    }

    @Override
    public Optional<SegmentNetwork> network(String id) {
        return first(database.query("SELECT id, segment FROM networks WHERE id = ?", Store::network, id));
    }

    /** All, in the order in which they were made. */
    public List<SegmentNetwork> networks() {
        return database.query("SELECT id, segment FROM networks ORDER BY created, id", Store::network);
    }

    @Override
    public void put(Endpoint endpoint) {
        database.transaction(() -> {
            database.update(
                    "INSERT INTO endpoints (id, network, ipv4, ipv6, mac, default_route, sandbox, container, created)"
                            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET ipv4 = excluded.ipv4,"
                            + " ipv6 = excluded.ipv6, mac = excluded.mac, default_route = excluded.default_route,"
                            + " sandbox = excluded.sandbox, container = excluded.container,"
                            + " created = excluded.created",
                    endpoint.id(),
                    endpoint.network(),
                    text(endpoint.ipv4()),
                    text(endpoint.ipv6()),
                    endpoint.mac().toString(),
                    endpoint.defaultRoute(),
                    endpoint.sandbox(),
                    endpoint.container(),
                    endpoint.since().toEpochMilli());
            for (InterfaceAddress address : endpoint.addresses().toList()) {
                database.update(
                        "INSERT INTO leases (segment, address, endpoint, since) VALUES (?, ?, ?, ?)"
                                + " ON CONFLICT (segment, address) DO UPDATE SET endpoint = excluded.endpoint",
                        endpoint.segment(),
                        address.ip().toString(),
                        endpoint.id(),
                        now());
            }
        });
        leftUnwritten.remove(endpoint.id());
    }

    @Override
    public void joined(String id, String sandbox) {
        database.update("UPDATE endpoints SET sandbox = ? WHERE id = ?", sandbox, id);
        leftUnwritten.remove(id);
    }

    @Override
    public void left(String id, Instant since) {
        try {
            database.update("UPDATE endpoints SET sandbox = NULL, created = ? WHERE id = ?", since.toEpochMilli(), id);
            leftUnwritten.remove(id);
        } catch (ConfigurationException refused) {
            leftUnwritten.put(id, since);
            log.warn("endpoint {} left its container, which only this agent knows: {}", id, refused.getMessage());
        }
    }

    @Override
    public Optional<Endpoint> endpointOf(String segment, IpAddress address) {
        return first(database.query(
                ENDPOINT_COLUMNS + " JOIN leases l ON l.endpoint = e.id WHERE l.segment = ? AND l.address = ?",
                this::endpoint,
                segment,
                address.toString()));
    }

    @Override
    public void removeEndpoint(String id) {
        try {
            database.transaction(() -> {
                lapseWhere("endpoint = ?", id);
                database.update("DELETE FROM endpoints WHERE id = ?", id);
            });
            leftUnwritten.remove(id);
        } catch (ConfigurationException refused) {
            leftUnwritten.putIfAbsent(id, clock.instant());
            throw refused;
        }
    }

    @Override
    public Optional<Endpoint> endpointWith(String hostLink) {
        String prefix = Endpoint.idPrefix(hostLink);
        // Ids are hexadecimal, so this is a range of the primary key, where LIKE would read every row.
        return first(database.query(
                ENDPOINT_COLUMNS + " WHERE e.id >= ? AND e.id < ?", this::endpoint, prefix, prefix + "g"));
    }

    @Override
    public Optional<Endpoint> endpoint(String id) {
        return first(database.query(ENDPOINT_COLUMNS + " WHERE e.id = ?", this::endpoint, id));
    }

    @Override
    public List<Endpoint> endpoints() {
        return database.query(ENDPOINT_COLUMNS + " ORDER BY e.created, e.id", this::endpoint);
    }

    @Override
    public List<Endpoint> endpointsWith(MacAddress mac) {
        return database.query(
                ENDPOINT_COLUMNS + " WHERE e.mac = ? ORDER BY e.created, e.id", this::endpoint, mac.toString());
    }

    @Override
    public List<Endpoint> endpointsIn(String sandbox) {
        return database
                .query(ENDPOINT_COLUMNS + " WHERE e.sandbox = ? ORDER BY e.created, e.id", this::endpoint, sandbox)
                .stream()
                .filter(endpoint -> endpoint.sandbox() != null)
                .toList();
    }

    /**
     * Keeps which container an endpoint belongs to, and that its addresses are to be the container's again. No error if
     * there is no such endpoint.
     *
     * @param root where the engine mounts the container's file system while it runs, if it tells
     */
    public void name(String endpoint, String container, @Nullable String root) {
        Optional<Endpoint> known = endpoint(endpoint);
        if (known.isEmpty()) {
            return;
        }
        Endpoint named = known.get();
        // Asked every half minute for all: only what is new is written.
        if (container.equals(named.container()) && named.addresses().allMatch(has -> isKept(named, has.ip(), root))) {
            return;
        }
        database.transaction(() -> {
            database.update("UPDATE endpoints SET container = ? WHERE id = ?", container, endpoint);
            for (InterfaceAddress address : named.addresses().toList()) {
                keep(named.segment(), address.ip(), container, root);
            }
        });
    }

    private boolean isKept(Endpoint endpoint, IpAddress address, @Nullable String root) {
        return kept(endpoint.segment(), address)
                .filter(kept -> kept.gone() == null && kept.container().equals(endpoint.container()))
                .filter(kept -> root == null || root.equals(kept.root()))
                .isPresent();
    }

    /** In place of what the container had before in that family, but for what it has in a further network's endpoint. */
    private void keep(String segment, IpAddress address, String container, @Nullable String root) {
        database.update(
                "DELETE FROM kept WHERE segment = ? AND container = ? AND family = ? AND NOT EXISTS (SELECT 1 FROM leases l"
                        + " WHERE l.segment = kept.segment AND l.address = kept.address AND l.endpoint IS NOT NULL)",
                segment,
                container,
                number(address.family()));
        @Nullable
        String known = root != null
                ? root
                : kept(segment, address)
                        .filter(kept -> kept.container().equals(container))
                        .map(KeptAddress::root)
                        .orElse(null);
        boolean pooled = lease(segment, address).map(Lease::pooled).orElse(false);
        database.update(
                "INSERT OR REPLACE INTO kept (segment, address, family, container, pooled, root, since)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?)",
                segment,
                address.toString(),
                number(address.family()),
                container,
                pooled,
                known,
                now());
    }

    @Override
    public Optional<KeptAddress> kept(String segment, IpAddress address) {
        return first(database.query(
                KEPT_COLUMNS + " WHERE segment = ? AND address = ?", Store::keptAddress, segment, address.toString()));
    }

    @Override
    public List<KeptAddress> keptFor(String segment, String container) {
        return database.query(
                KEPT_COLUMNS + " WHERE container = ? AND segment = ? ORDER BY since, address",
                Store::keptAddress,
                container,
                segment);
    }

    @Override
    public List<KeptAddress> detached(String segment, Family family) {
        return database.query(
                KEPT_COLUMNS + " WHERE segment = ? AND family = ? AND pooled AND NOT EXISTS (SELECT 1 FROM leases l"
                        + " WHERE l.segment = kept.segment AND l.address = kept.address) ORDER BY container",
                Store::keptAddress,
                segment,
                number(family));
    }

    @Override
    public List<KeptAddress> kept() {
        return database.query(KEPT_COLUMNS + " ORDER BY segment, address", Store::keptAddress);
    }

    @Override
    public void forgetKept(Instant removedBefore) {
        database.update("DELETE FROM kept WHERE gone < ?", removedBefore.toEpochMilli());
    }

    /** A container has another name: what was kept for it is kept for that, in place of what a removed one of that name had. */
    public void renamed(String from, String to) {
        database.transaction(() -> {
            database.update(
                    "DELETE FROM kept WHERE container = ? AND EXISTS (SELECT 1 FROM kept own WHERE own.container = ?"
                            + " AND own.segment = kept.segment AND own.family = kept.family)",
                    to,
                    from);
            database.update("UPDATE kept SET container = ?, gone = NULL WHERE container = ?", to, from);
        });
    }

    /** A container makes room for its successor under its name: what is kept stays with the name, and its file system is another's. */
    public void setAside(String name) {
        database.update("UPDATE kept SET root = NULL WHERE container = ?", name);
    }

    /** Tells which containers there are; of those that are gone, and those that are there again, it is kept since when. */
    public void containers(Collection<String> names) {
        for (KeptAddress kept : kept()) {
            boolean exists = names.contains(kept.container());
            if (exists != (kept.gone() == null)) {
                database.update(
                        "UPDATE kept SET gone = ? WHERE segment = ? AND address = ?",
                        exists ? null : now(),
                        kept.segment(),
                        kept.address().toString());
            }
        }
    }

    private static int number(Family family) {
        return switch (family) {
            case IPV4 -> 4;
            case IPV6 -> 6;
        };
    }

    @Override
    public void allow(String endpoint, String allowed) {
        database.update(
                "INSERT OR REPLACE INTO allowances (endpoint, allowed) SELECT id, ? FROM endpoints WHERE id = ?",
                allowed,
                endpoint);
    }

    @Override
    public Map<String, String> allowed() {
        return database
                .query("SELECT endpoint, allowed FROM allowances", row -> Map.entry(row.getString(1), row.getString(2)))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    @Override
    public void put(Conflict heard) {
        database.transaction(() -> {
            database.update(
                    "INSERT INTO conflicts (segment, address, owner, holder, since, last, times) VALUES (?, ?, ?, ?, ?, ?, ?)"
                            + " ON CONFLICT (segment, address, holder) DO UPDATE SET owner = excluded.owner,"
                            + " last = excluded.last, times = times + excluded.times",
                    heard.segment(),
                    heard.address().toString(),
                    heard.owner(),
                    heard.holder().toString(),
                    heard.since().toEpochMilli(),
                    heard.last().toEpochMilli(),
                    heard.times());
            database.update("DELETE FROM conflicts WHERE last < ?", oldestConflict());
            database.update(
                    "DELETE FROM conflicts WHERE rowid NOT IN (SELECT rowid FROM conflicts ORDER BY last DESC LIMIT ?)",
                    MOST_CONFLICTS);
        });
    }

    @Override
    public List<Conflict> conflicts() {
        return database.query(
                "SELECT segment, address, owner, holder, since, last, times FROM conflicts WHERE last >= ?"
                        + " ORDER BY last DESC, segment, address",
                Store::conflict,
                oldestConflict());
    }

    private long oldestConflict() {
        return clock.instant().minus(CONFLICTS_KEPT).toEpochMilli();
    }

    @Override
    public Optional<Lease> lease(String segment, IpAddress address) {
        return first(database.query(
                LEASE_COLUMNS + " WHERE segment = ? AND address = ?", Store::lease, segment, address.toString()));
    }

    @Override
    public List<Lease> leases() {
        return database.query(LEASE_COLUMNS + " ORDER BY segment, address", Store::lease);
    }

    @Override
    public void put(Lease lease) {
        database.update(
                "INSERT OR REPLACE INTO leases (segment, address, endpoint, auxiliary_of, mac, since, pooled)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?)",
                lease.segment(),
                lease.address().toString(),
                lease.endpoint(),
                lease.auxiliaryOf(),
                lease.mac(),
                lease.since().toEpochMilli(),
                lease.pooled());
    }

    @Override
    public void put(Lease lease, String pool) {
        database.transaction(() -> {
            put(lease);
            database.update(
                    "INSERT OR REPLACE INTO last_given (pool, address) VALUES (?, ?)",
                    pool,
                    lease.address().toString());
        });
    }

    @Override
    public void release(String segment, IpAddress address) {
        database.update("DELETE FROM leases WHERE segment = ? AND address = ?", segment, address.toString());
    }

    @Override
    public void lapse(String segment, IpAddress address) {
        database.transaction(() -> lapseWhere("segment = ? AND address = ?", segment, address.toString()));
    }

    private void lapseWhere(String condition, Object... values) {
        long until = clock.instant().plus(LATEST_RELEASE).toEpochMilli();
        database.update(
                "INSERT INTO releases_to_come (segment, address, until) SELECT segment, address, %d FROM leases WHERE %s"
                        .formatted(until, condition),
                values);
        database.update("DELETE FROM leases WHERE " + condition, values);
        database.update("DELETE FROM releases_to_come WHERE until < ?", now());
    }

    @Override
    public boolean takeReleaseToCome(String segment, IpAddress address) {
        return database.update(
                        "DELETE FROM releases_to_come WHERE rowid = (SELECT rowid FROM releases_to_come"
                                + " WHERE segment = ? AND address = ? AND until >= ? ORDER BY until LIMIT 1)",
                        segment,
                        address.toString(),
                        now())
                > 0;
    }

    @Override
    public Optional<IpAddress> lastGiven(String pool) {
        return first(database.query(
                "SELECT address FROM last_given WHERE pool = ?", row -> IpAddress.parse(row.getString(1)), pool));
    }

    /** See {@link Database#writeAnewIfRemoved}. */
    public void writeAnewIfRemoved() {
        database.writeAnewIfRemoved();
    }

    @Override
    public void close() {
        database.close();
    }

    private long now() {
        return clock.instant().toEpochMilli();
    }

    private static SegmentNetwork network(ResultSet row) throws SQLException {
        return new SegmentNetwork(row.getString(1), row.getString(2));
    }

    private Endpoint endpoint(ResultSet row) throws SQLException {
        boolean defaultRoute = row.getBoolean(7);
        @Nullable Boolean said = row.wasNull() ? null : (Boolean) defaultRoute;
        Instant left = leftUnwritten.get(row.getString(1));
        return new Endpoint(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                address(row.getString(4)),
                address(row.getString(5)),
                MacAddress.parse(row.getString(6)),
                said,
                left == null ? row.getString(8) : null,
                row.getString(9),
                left == null ? Instant.ofEpochMilli(row.getLong(10)) : left);
    }

    private static Conflict conflict(ResultSet row) throws SQLException {
        return new Conflict(
                row.getString(1),
                IpAddress.parse(row.getString(2)),
                row.getString(3),
                MacAddress.parse(row.getString(4)),
                Instant.ofEpochMilli(row.getLong(5)),
                Instant.ofEpochMilli(row.getLong(6)),
                row.getLong(7));
    }

    private static Lease lease(ResultSet row) throws SQLException {
        return new Lease(
                row.getString(1),
                IpAddress.parse(row.getString(2)),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                Instant.ofEpochMilli(row.getLong(6)),
                row.getBoolean(7));
    }

    private static KeptAddress keptAddress(ResultSet row) throws SQLException {
        long gone = row.getLong(7);
        @Nullable Instant removed = row.wasNull() ? null : Instant.ofEpochMilli(gone);
        return new KeptAddress(
                row.getString(1),
                IpAddress.parse(row.getString(2)),
                row.getString(3),
                row.getBoolean(4),
                row.getString(5),
                Instant.ofEpochMilli(row.getLong(6)),
                removed);
    }

    private static @Nullable String text(@Nullable InterfaceAddress address) {
        return address == null ? null : address.toString();
    }

    private static @Nullable InterfaceAddress address(@Nullable String text) {
        return text == null ? null : InterfaceAddress.parse(text);
    }

    private static <T> Optional<T> first(List<T> rows) {
        return rows.stream().findFirst();
    }
}
