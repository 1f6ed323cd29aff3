package io.onlink.coexistence;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.regex.PatternSyntaxException;

/** Names as shells and fnmatch(3) match them. */
final class ShellPattern {
    private ShellPattern() {}

    static boolean matches(String pattern, String name) {
        try {
            return FileSystems.getDefault().getPathMatcher("glob:" + pattern).matches(Path.of(name));
        } catch (PatternSyntaxException notOne) {
            return pattern.equals(name);
        }
    }
}
