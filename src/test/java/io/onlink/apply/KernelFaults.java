package io.onlink.apply;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;

/**
 * The rows of {@link FaultTableIT} that need a kernel with VRF or 8021q, as a program of its own: it runs in the guest, and says a line for each
 * victim as {@code src/test/guest/checks.bash} does. {@code -Donlink.faults=VRF}, or {@code VLAN}, leaves the other rows out.
 */
public final class KernelFaults {
    private KernelFaults() {}

    /** Ends with status 1 if a row failed, or there was none. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        FaultTableIT.temporary = Files.createTempDirectory("faults");
        Map<String, List<String>> failures = new LinkedHashMap<>();
        int played = 0;
        Iterator<DynamicNode> containers =
                new FaultTableIT().whateverDiesInTheMiddle().iterator();
        while (containers.hasNext()) {
            DynamicContainer container = (DynamicContainer) containers.next();
            String victim = container.getDisplayName().replaceFirst(", rows [0-9]+ to [0-9]+$", "");
            List<String> ofVictim = failures.computeIfAbsent(slug(victim), name -> new ArrayList<>());
            Iterator<? extends DynamicNode> rows = container.getChildren().iterator();
            while (rows.hasNext()) {
                DynamicTest row = (DynamicTest) rows.next();
                played++;
                try {
                    row.getExecutable().execute();
                } catch (Throwable failure) {
                    ofVictim.add(row.getDisplayName() + ": " + failure.getMessage());
                    System.out.printf("# %s: %s%n", row.getDisplayName(), failure);
                }
            }
            System.out.printf("# %s: done, %d failed%n", container.getDisplayName(), ofVictim.size());
        }
        failures.forEach((victim, ofVictim) -> System.out.println(
                ofVictim.isEmpty()
                        ? "ok " + victim
                        : "not ok %s: %s"
                                .formatted(victim, String.join("; ", ofVictim).replace('\n', ' '))));
        System.out.printf("%d rows%n", played);
        // The threads of the hosts are still there.
        System.exit(played > 0 && failures.values().stream().allMatch(List::isEmpty) ? 0 : 1);
    }

    private static String slug(String words) {
        return words.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    }
}
