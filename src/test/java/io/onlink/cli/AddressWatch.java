package io.onlink.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Every address event of a host, from now on: whether one of its addresses was ever on no link. */
final class AddressWatch implements AutoCloseable {
    private final Process monitor;
    private final List<String> lines = new ArrayList<>();
    private final Thread reader;

    AddressWatch(Path network) throws IOException {
        monitor = new ProcessBuilder("nsenter", "--net=" + network, "ip", "-oneline", "monitor", "address")
                .redirectErrorStream(true)
                .start();
        reader = Thread.ofPlatform().start(this::read);
    }

    private void read() {
        try (var text = monitor.inputReader(StandardCharsets.UTF_8)) {
            text.lines().forEach(lines::add);
        } catch (IOException ended) {
            // With the process.
        }
    }

    /**
     * Ends it.
     *
     * @param before the link that had the address at first
     * @return the events after which no link had the address
     */
    List<String> gaps(String address, String before) {
        close();
        Set<String> holders = new HashSet<>(Set.of(before));
        List<String> gaps = new ArrayList<>();
        for (String line : lines) {
            // "Deleted 2: eth0    inet 10.9.0.2/24 …"
            List<String> words = List.of(line.replace("Deleted ", "").split("\\s+"));
            if (words.size() < 4 || !words.get(3).startsWith(address + "/")) {
                continue;
            }
            if (line.startsWith("Deleted")) {
                holders.remove(words.get(1));
            } else {
                holders.add(words.get(1));
            }
            if (holders.isEmpty()) {
                gaps.add(line);
            }
        }
        return gaps;
    }

    @Override
    public void close() {
        monitor.destroy();
        try {
            reader.join();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
