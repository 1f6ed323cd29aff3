package io.onlink.lab;

import java.util.List;

/**
 * How a {@link Rehearsal} went.
 *
 * @param file that was rehearsed
 * @param comesBack whether every stage passed
 * @param verdict a sentence; names what failed
 * @param stages in order, up to the first that failed
 */
public record RehearsalReport(String file, boolean comesBack, String verdict, List<Stage> stages) {
    public RehearsalReport {
        stages = List.copyOf(stages);
    }

    /** How a finding counts. */
    public enum Mark {
        PASSED,
        FAILED,
        /** Worth knowing, and neither. */
        NOTE
    }

    /** One thing that was seen. */
    public record Finding(Mark mark, String text) {
        static Finding passed(String text) {
            return new Finding(Mark.PASSED, text);
        }

        static Finding failed(String text) {
            return new Finding(Mark.FAILED, text);
        }

        static Finding note(String text) {
            return new Finding(Mark.NOTE, text);
        }
    }

    /** A part of the rehearsal, in words of the commands: apply, verify, reboot, boot. */
    public record Stage(String name, List<Finding> findings) {
        public Stage {
            findings = List.copyOf(findings);
        }

        /** Whether nothing in it failed. */
        public boolean passed() {
            return failures().isEmpty();
        }

        List<String> failures() {
            return findings.stream()
                    .filter(finding -> finding.mark() == Mark.FAILED)
                    .map(Finding::text)
                    .toList();
        }
    }
}
