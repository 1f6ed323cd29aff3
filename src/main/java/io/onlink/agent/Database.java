package io.onlink.agent;

import io.onlink.failure.ConfigurationException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** One connection to one SQLite file: statements, transactions, and the schema with its versions. */
final class Database implements AutoCloseable {
    /**
     * Each list brings the schema from the version of its place to the next; {@code PRAGMA user_version} says which one
     * the file has. An entry that was released is never changed: a new one is added.
     */
    private static final List<List<String>> MIGRATIONS = List.of(
            List.of("""
            CREATE TABLE networks (
                id TEXT PRIMARY KEY,
                segment TEXT NOT NULL,
                created INTEGER NOT NULL) STRICT""", """
            CREATE TABLE endpoints (
                id TEXT PRIMARY KEY,
                network TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
                ipv4 TEXT,
                ipv6 TEXT,
                mac TEXT NOT NULL,
                default_route INTEGER,
                sandbox TEXT,
                container TEXT,
                created INTEGER NOT NULL) STRICT""", """
            CREATE INDEX endpoints_by_sandbox ON endpoints (sandbox)""", """
            CREATE INDEX endpoints_by_network ON endpoints (network)""", """
            CREATE TABLE leases (
                segment TEXT NOT NULL,
                address TEXT NOT NULL,
                endpoint TEXT REFERENCES endpoints (id) ON DELETE SET NULL,
                auxiliary_of TEXT REFERENCES networks (id) ON DELETE CASCADE,
                mac TEXT,
                since INTEGER NOT NULL,
                PRIMARY KEY (segment, address)) STRICT""", """
            CREATE INDEX leases_by_endpoint ON leases (endpoint)""", """
            CREATE INDEX leases_by_network ON leases (auxiliary_of)""", """
            CREATE TABLE last_given (
                pool TEXT PRIMARY KEY,
                address TEXT NOT NULL) STRICT"""),
            List.of("""
            CREATE TABLE allowances (
                endpoint TEXT PRIMARY KEY REFERENCES endpoints (id) ON DELETE CASCADE,
                allowed TEXT NOT NULL) STRICT"""),
            List.of("""
            ALTER TABLE leases ADD COLUMN pooled INTEGER NOT NULL DEFAULT 0""", """
            CREATE TABLE kept (
                segment TEXT NOT NULL,
                address TEXT NOT NULL,
                family INTEGER NOT NULL,
                container TEXT NOT NULL,
                pooled INTEGER NOT NULL,
                root TEXT,
                since INTEGER NOT NULL,
                gone INTEGER,
                PRIMARY KEY (segment, address)) STRICT""", """
            CREATE INDEX kept_by_container ON kept (container)"""),
            List.of("""
            CREATE TABLE conflicts (
                segment TEXT NOT NULL,
                address TEXT NOT NULL,
                owner TEXT NOT NULL,
                holder TEXT NOT NULL,
                since INTEGER NOT NULL,
                last INTEGER NOT NULL,
                times INTEGER NOT NULL,
                PRIMARY KEY (segment, address, holder)) STRICT"""),
            List.of("""
            CREATE TABLE releases_to_come (
                segment TEXT NOT NULL,
                address TEXT NOT NULL,
                until INTEGER NOT NULL) STRICT""", """
            CREATE INDEX releases_to_come_by_address ON releases_to_come (segment, address)"""));

    private static final Logger log = LoggerFactory.getLogger(Database.class);

    /** Of SQLite's write-ahead log, beside the file. */
    private static final String LOG = "-wal";

    /** The bits of a result code that say its kind (sqlite3.h, extended result codes). */
    private static final int PRIMARY = 0xff;

    /** In place of the inode of a file that is not there. */
    private static final String NONE = "none";

    private final Path file;
    private final ReentrantLock lock = new ReentrantLock();

    /** Guarded by the lock. */
    private Connection connection;

    /** Whether the disk refused a change for being read-only, since when the connection refuses all. Guarded by the lock. */
    private boolean isReadOnly;

    /** Which files are ours: their names may be nobody's by now, or another's. */
    private List<Object> inodes = List.of();

    private Database(Path file, Connection connection) {
        this.file = file;
        this.connection = connection;
    }

    @FunctionalInterface
    interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    static Database open(Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Database database = new Database(file, connect(file));
            database.migrate();
            database.inodes = database.inodes();
            return database;
        } catch (SQLException | IOException refused) {
            throw new ConfigurationException(
                    "open the agent's state %s: %s; %s".formatted(file, refused.getMessage(), advice(refused)),
                    refused);
        }
    }

    private static Connection connect(Path file) throws SQLException {
        SQLiteConfig settings = new SQLiteConfig();
        settings.setJournalMode(SQLiteConfig.JournalMode.WAL);
        // An address that was promised to a container is not forgotten in a power cut: every commit waits for the disk.
        settings.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        settings.enforceForeignKeys(true);
        settings.setBusyTimeout(2000);
        return settings.createConnection("jdbc:sqlite:" + file);
    }

    private static String advice(Exception refused) {
        boolean damaged = refused instanceof SQLiteException exception
                && (exception.getResultCode() == SQLiteErrorCode.SQLITE_NOTADB
                        || exception.getResultCode() == SQLiteErrorCode.SQLITE_CORRUPT);
        return damaged
                ? "it is damaged: move it away, with its -wal and -shm, and networks and running containers are taken over"
                        + " again from the engine"
                : "see that the directory is there, can be written, and is on a disk that is not full";
    }

    /** Runs the work as one change: all of it, or nothing. Inside another transaction it is part of that. */
    void transaction(Runnable work) {
        lock.lock();
        try {
            connectAnewIfMended();
            if (isInTransaction()) {
                work.run();
                return;
            }
            connection.setAutoCommit(false);
            try {
                work.run();
                connection.commit();
            } catch (RuntimeException | SQLException failed) {
                takeBack(failed);
                throw failed;
            }
            connection.setAutoCommit(true);
        } catch (SQLException refused) {
            throw refused("change", refused);
        } finally {
            lock.unlock();
        }
    }

    /** SQLite may have done so already (a full disk ends the transaction): that is no news then, but the failure is. */
    private void takeBack(Exception failed) {
        try {
            connection.rollback();
        } catch (SQLException alreadyDone) {
            failed.addSuppressed(alreadyDone);
        }
        try {
            connection.setAutoCommit(true);
        } catch (SQLException alreadyDone) {
            failed.addSuppressed(alreadyDone);
        }
    }

    /** Changes rows, and says how many. */
    int update(String sql, @Nullable Object... values) {
        lock.lock();
        try {
            connectAnewIfMended();
            try (PreparedStatement statement = prepare(sql, values)) {
                return statement.executeUpdate();
            }
        } catch (SQLException refused) {
            throw refused(sql, refused);
        } finally {
            lock.unlock();
        }
    }

    /**
     * A connection that found its files read-only when it opened them (sqlite3.h, SQLITE_READONLY) never asks again, nor does a second one beside it,
     * which shares what it found. So this one ends first, and only where the file can be written by now.
     */
    private void connectAnewIfMended() throws SQLException {
        if (!isReadOnly || isInTransaction() || !canBeWritten()) {
            return;
        }
        connection.close();
        connection = connect(file);
        isReadOnly = false;
        log.info("the agent's state {} can be written again", file);
    }

    private boolean canBeWritten() {
        try (FileChannel _ = FileChannel.open(file, StandardOpenOption.WRITE)) {
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    /** Not on a connection that was closed, and for which there was no other. */
    private boolean isInTransaction() throws SQLException {
        return !connection.isClosed() && !connection.getAutoCommit();
    }

    <T> List<T> query(String sql, RowReader<T> reader, @Nullable Object... values) {
        lock.lock();
        try (PreparedStatement statement = prepare(sql, values);
                ResultSet rows = statement.executeQuery()) {
            List<T> result = new ArrayList<>();
            while (rows.next()) {
                result.add(reader.read(rows));
            }
            return result;
        } catch (SQLException refused) {
            throw refused(sql, refused);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Writes the file anew, with all that it had, if somebody removed it: what is written after that would be on the disk and under no name, and
     * gone with this process. One that is in its place is put aside. Idempotent.
     *
     * @throws ConfigurationException if it cannot be written
     */
    void writeAnewIfRemoved() {
        lock.lock();
        try {
            if (inodes.equals(inodes())) {
                return;
            }
            Path draft = beside(".new");
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.deleteIfExists(draft);
            update("VACUUM INTO ?", draft.toString());
            try (FileChannel written = FileChannel.open(draft, StandardOpenOption.WRITE)) {
                written.force(true);
            }
            // It removes the log of its changes by name, which is to be the new one's: first this, then that.
            connection.close();
            putAside();
            Files.deleteIfExists(beside(LOG));
            Files.deleteIfExists(beside("-shm"));
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            connection = connect(file);
            migrate();
            inodes = inodes();
            log.warn("somebody removed the agent's state {} while the agent was at work with it: written anew", file);
        } catch (SQLException | IOException refused) {
            throw new ConfigurationException(
                    "the agent's state %s was removed while the agent was at work with it, and cannot be written anew: %s; %s, then start the agent anew"
                            .formatted(file, refused.getMessage(), advice(refused)),
                    refused);
        } finally {
            lock.unlock();
        }
    }

    private void putAside() throws IOException {
        if (Files.exists(file) && !inodes.getFirst().equals(inode(file))) {
            Path aside = beside(".aside");
            Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            log.warn(
                    "another file was in the place of the agent's state: it is {} now; to put a state there, stop the agent first",
                    aside);
        }
    }

    private Path beside(String suffix) {
        return file.resolveSibling(file.getFileName() + suffix);
    }

    /** Of the file and of the log of its changes: one without the other is damaged. */
    private List<Object> inodes() throws IOException {
        return List.of(inode(file), inode(beside(LOG)));
    }

    private static Object inode(Path of) throws IOException {
        try {
            return Objects.requireNonNullElse(
                    Files.readAttributes(of, BasicFileAttributes.class).fileKey(), of);
        } catch (NoSuchFileException removed) {
            return NONE;
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            connection.close();
        } catch (SQLException refused) {
            throw refused("close", refused);
        } finally {
            lock.unlock();
        }
    }

    private PreparedStatement prepare(String sql, @Nullable Object... values) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        try {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            return statement;
        } catch (SQLException refused) {
            statement.close();
            throw refused;
        }
    }

    private void migrate() throws SQLException {
        int version = query("PRAGMA user_version", row -> row.getInt(1)).getFirst();
        if (version > MIGRATIONS.size()) {
            connection.close();
            throw new ConfigurationException(
                    "the agent's state %s was written by a newer Onlink (schema %d; this one knows %d): install that one again"
                            .formatted(file, version, MIGRATIONS.size()));
        }
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            for (int i = version; i < MIGRATIONS.size(); i++) {
                for (String sql : MIGRATIONS.get(i)) {
                    statement.execute(sql);
                }
                statement.execute("PRAGMA user_version = " + (i + 1));
            }
            connection.commit();
        } finally {
            connection.setAutoCommit(true);
        }
    }

    private ConfigurationException refused(String what, SQLException refused) {
        isReadOnly |= refused instanceof SQLiteException exception
                && (exception.getResultCode().code & PRIMARY) == SQLiteErrorCode.SQLITE_READONLY.code;
        return new ConfigurationException(
                "the agent's state %s: %s: %s; see that its disk is not full or failing"
                        .formatted(file, what, refused.getMessage()),
                refused);
    }
}
