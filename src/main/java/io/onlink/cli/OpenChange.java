package io.onlink.cli;

import io.onlink.apply.Journal;
import io.onlink.apply.StateDirectory;
import io.onlink.failure.ConfigurationException;
import java.util.Optional;

/** A change that has not ended, in words: what it waits for, and what ends it. */
final class OpenChange {
    private OpenChange() {}

    /** Empty where none is open. A journal that cannot be read is said too: it keeps nobody from a look. */
    static Optional<String> sentence(StateDirectory directory) {
        try {
            return directory.readJournal().map(OpenChange::sentence);
        } catch (ConfigurationException damaged) {
            return Optional.ofNullable(damaged.getMessage());
        }
    }

    static String sentence(Journal journal) {
        return switch (journal.phase()) {
            case WAITING ->
                "a change waits until %s for 'onlink confirm'; 'onlink confirm' makes it stay, 'onlink rollback' takes it back at once, without either the host goes back then"
                        .formatted(HostWriter.until(journal));
            case OPEN ->
                "a change is under way, or was begun and not finished; 'onlink rollback' takes the latter back, and so do the next 'onlink apply' and 'onlink boot'";
            case COMMITTED ->
                "a change was made and stays; the next 'onlink apply' or 'onlink boot' writes the last of it down";
        };
    }
}
