package io.onlink.apply;

import io.onlink.coexistence.Standing;
import io.onlink.desired.Found;
import io.onlink.failure.ConfigurationException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/**
 * What Onlink remembers of a host between runs and across reboots ({@code --state-dir}): the host file
 * last applied, and how the host was found. Each file is written whole, synced and renamed: after a
 * power cut it is the old one or the new one. A directory that cannot be read or written is a {@link
 * ConfigurationException}.
 */
public final class StateDirectory {
    private static final String DRAFT = ".new";

    private final Path directory;
    private final Disk disk;

    public StateDirectory(Path directory) {
        this(directory, new SyncedDisk());
    }

    StateDirectory(Path directory, Disk disk) {
        this.directory = directory;
        this.disk = disk;
    }

    /** Where it is. */
    public Path path() {
        return directory;
    }

    /** The host file last applied, as it was then; the agent works from it. */
    public Path appliedFile() {
        return directory.resolve("applied.yaml");
    }

    /** How the host was found; {@link Found#untouched()} when nothing was ever applied. */
    public Found readFound() {
        return read(
                        foundFile(),
                        Found.class,
                        "It says how to give the NICs back; mend it, or move it away to take the host as it is now for the one"
                                + " found")
                .orElseGet(Found::untouched);
    }

    /** The change that is under way, or was when its writer died. */
    public Optional<Journal> readJournal() {
        return read(
                journalFile(),
                Journal.class,
                "It says how to take back a change that was not finished; mend it, or move it away to let the host stay"
                        + " as it is now");
    }

    /** What other programs have been told. */
    public Standing readStanding() {
        return read(
                        standingFile(),
                        Standing.class,
                        "It says what NetworkManager and others were told, for 'onlink down' to undo; mend it, or move it away"
                                + " and undo that by hand")
                .orElseGet(Standing::none);
    }

    /** Writes what other programs have been told, once it stays. */
    public void writeStanding(Standing standing) {
        if (!standing.instructions().isEmpty() || Files.exists(standingFile())) {
            write(standingFile(), StateJson.mapper().writeValueAsString(standing));
        }
    }

    /** Empty where there is no such file. */
    private static <T> Optional<T> read(Path file, Class<T> type, String advice) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        String reason;
        Exception cause;
        try {
            T value = StateJson.mapper().readValue(Files.readString(file), type);
            if (value != null) {
                return Optional.of(value);
            }
            throw new ConfigurationException("reading %s: it says null. %s".formatted(file, advice));
        } catch (JacksonException e) {
            reason = e.getOriginalMessage();
            cause = e;
        } catch (NoSuchFileException removed) {
            // As a guard that ends its change removes the journal, between the two looks.
            return Optional.empty();
        } catch (IOException e) {
            reason = reason(e);
            cause = e;
        }
        throw new ConfigurationException("reading %s: %s. %s".formatted(file, reason, advice), cause);
    }

    void writeJournal(Journal journal) {
        write(journalFile(), StateJson.mapper().writeValueAsString(journal));
    }

    void deleteJournal() {
        try {
            disk.delete(journalFile());
        } catch (IOException e) {
            throw unusable("deleting " + journalFile(), e);
        }
    }

    /** Writes how the host was found: before the first step of a change. */
    public void writeFound(Found found) {
        write(foundFile(), StateJson.mapper().writeValueAsString(found));
    }

    /** Writes the text of the host file that holds from now on: after the last step of a change. */
    public void writeApplied(String text) {
        write(appliedFile(), text);
    }

    /** The text of the host file last applied, if one is. */
    public Optional<String> readApplied() {
        try {
            return Files.exists(appliedFile()) ? Optional.of(Files.readString(appliedFile())) : Optional.empty();
        } catch (IOException e) {
            throw unusable("reading " + appliedFile(), e);
        }
    }

    /** Forgets the host: it is as it was found. */
    public void clear() {
        try {
            disk.delete(appliedFile());
            disk.delete(foundFile());
            disk.delete(standingFile());
        } catch (IOException e) {
            throw unusable("forgetting the host in " + directory, e);
        }
    }

    /**
     * Keeps every other writer of the host away until closed; a process that dies lets go of it.
     *
     * @throws ConfigurationException if another one is at work, or the directory cannot be written
     */
    public Lock lock() {
        return tryLock()
                .orElseThrow(() -> new ConfigurationException(
                        "another onlink changes this host right now (it holds %s): wait for it".formatted(lockFile())));
    }

    /** As {@link #lock}, but empty if another one is at work. */
    Optional<Lock> tryLock() {
        try {
            Files.createDirectories(directory);
            Optional<LockedFile> file = LockedFile.take(lockFile());
            if (file.isPresent()) {
                deleteDrafts(file.get());
            }
            return file.map(Lock::new);
        } catch (IOException e) {
            throw nothingChanged(unusable("locking " + lockFile(), e));
        }
    }

    private Path lockFile() {
        return directory.resolve("lock");
    }

    /** What somebody was writing when he died. */
    private void deleteDrafts(LockedFile held) throws IOException {
        try {
            for (Path file : List.of(journalFile(), foundFile(), appliedFile(), standingFile())) {
                disk.delete(file.resolveSibling(file.getFileName() + DRAFT));
            }
        } catch (IOException refused) {
            held.close();
            throw refused;
        }
    }

    private ConfigurationException unusable(String doing, IOException e) {
        String reason = reason(e);
        return new ConfigurationException(
                "%s: %s. Onlink changes no host that it cannot remember: mend that%s, or name another directory by --state-dir"
                        .formatted(doing, reason, advice(reason)),
                e);
    }

    /** The same, of a failure before the first step. */
    static ConfigurationException nothingChanged(ConfigurationException unusable) {
        return new ConfigurationException(unusable.getMessage() + "; nothing was changed", unusable.getCause());
    }

    /** In the words of strerror(3). */
    private String advice(String reason) {
        return switch (reason) {
            case "Read-only file system" ->
                " ('findmnt -T %s' says which disk it is, dmesg why; mount -o remount,rw)".formatted(directory);
            case "No space left on device" ->
                " (free some space: 'df -h %s', 'df -i %s')".formatted(directory, directory);
            default -> "";
        };
    }

    /** What the disk said, without what to do where nothing is changed yet. */
    static String reason(ConfigurationException unusable) {
        return unusable.getCause() instanceof IOException refused
                ? reason(refused)
                : String.valueOf(unusable.getMessage());
    }

    /** Their messages are the path alone. */
    private static String reason(IOException e) {
        return switch (e) {
            case AccessDeniedException _ -> "permission denied";
            case FileAlreadyExistsException _ -> "a part of the path is no directory";
            case FileSystemException refused
            when refused.getReason() != null -> Objects.requireNonNull(refused.getReason());
            case IOException other -> String.valueOf(other.getMessage());
        };
    }

    private Path journalFile() {
        return directory.resolve("journal.json");
    }

    private Path standingFile() {
        return directory.resolve("others.json");
    }

    private Path foundFile() {
        return directory.resolve("found.json");
    }

    private void write(Path file, String text) {
        Path draft = file.resolveSibling(file.getFileName() + DRAFT);
        try {
            disk.write(draft, text);
            disk.rename(draft, file);
        } catch (IOException e) {
            throw unusable("writing " + file, e);
        }
    }

    /** Held while what it remembers is changed. */
    public static final class Lock implements AutoCloseable {
        private final LockedFile file;

        private Lock(LockedFile file) {
            this.file = file;
        }

        /** Idempotent. */
        @Override
        public void close() {
            file.close();
        }
    }
}
