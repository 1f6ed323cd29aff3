package io.onlink.apply;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;

/**
 * The rows of the fault table for a NIC that goes into a VRF and out of it, on a kernel that has VRF. A program of its own: it
 * runs in the guest, one check a victim of SIGKILL, and says a line for each as {@code src/test/guest/checks.bash} does. The
 * processor there is emulated, so the table is cut to the victims that are named.
 */
public final class VrfFaults {
    private VrfFaults() {}

    /**
     * Ends with status 1 if a row failed.
     *
     * @param victims by their names in {@link FaultTableIT}
     */
    public static void main(String[] victims) throws IOException {
        System.setProperty(FaultTableIT.GUEST_PROPERTY, "true");
        boolean failed = false;
        for (String victim : victims) {
            String check = "faults-" + victim.toLowerCase(Locale.ROOT).replace('_', '-');
            List<String> failures = failures(victim);
            failures.forEach(failure -> System.out.println("# " + failure));
            System.out.println(failures.isEmpty() ? "ok " + check : "not ok " + check + ": " + failures.getFirst());
            failed |= !failures.isEmpty();
        }
        System.exit(failed ? 1 : 0);
    }

    private static List<String> failures(String victim) throws IOException {
        List<String> failures = new ArrayList<>();
        int[] rows = new int[1];
        try {
            FaultTableIT.rowsInGuest(Files.createTempDirectory("faults"), victim)
                    .forEach(node -> play(node, rows, failures));
        } catch (Exception | AssertionError broken) {
            failures.add(oneLine(broken));
        }
        System.out.println("# " + rows[0] + " rows: SIGKILL of " + victim);
        if (rows[0] == 0) {
            failures.add("no row was played");
        }
        return failures;
    }

    private static void play(DynamicNode node, int[] rows, List<String> failures) {
        switch (node) {
            case DynamicContainer container -> container.getChildren().forEach(child -> play(child, rows, failures));
            case DynamicTest test -> {
                rows[0]++;
                try {
                    test.getExecutable().execute();
                } catch (Throwable failed) {
                    failures.add(test.getDisplayName() + ": " + oneLine(failed));
                }
            }
            default -> throw new IllegalStateException("what is " + node);
        }
    }

    private static String oneLine(Throwable failure) {
        return String.valueOf(failure).replace('\n', ';');
    }
}
