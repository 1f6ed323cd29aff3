package io.onlink.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** All that the plugin was asked and answered. For any thread. */
final class CallJournal {
    private final Queue<JournalEntry> entries = new ConcurrentLinkedQueue<>();
    private final long start = System.nanoTime();

    void add(JournalEntry entry) {
        entries.add(entry);
    }

    /** In the order of their times. */
    List<JournalEntry> entries() {
        return entries.stream()
                .sorted(Comparator.comparingLong(JournalEntry::time))
                .toList();
    }

    List<PluginCall> calls() {
        return of(PluginCall.class);
    }

    <T extends JournalEntry> List<T> of(Class<T> type) {
        return entries().stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** The most calls that were under way at once. */
    int mostAtOnce() {
        List<long[]> changes = new ArrayList<>();
        for (PluginCall call : calls()) {
            if (call.isSent()) {
                changes.add(new long[] {call.begin(), 1});
                changes.add(new long[] {call.end(), -1});
            }
        }
        // At the same time the end comes first.
        changes.sort(Comparator.<long[]>comparingLong(change -> change[0]).thenComparingLong(change -> change[1]));
        int now = 0;
        int most = 0;
        for (long[] change : changes) {
            now += (int) change[1];
            most = Math.max(most, now);
        }
        return most;
    }

    /** A line an entry, with its time in seconds. */
    void write(Path file) throws IOException {
        Files.write(
                file,
                entries().stream()
                        .map(entry -> "%.6f %s".formatted((entry.time() - start) / 1e9, entry))
                        .toList());
    }
}
