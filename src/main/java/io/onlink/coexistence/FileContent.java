package io.onlink.coexistence;

/**
 * A file as it stands.
 *
 * @param text its bytes, one character each (ISO 8859-1): whatever it holds comes back the same
 * @param mode its permissions, as in {@code rw-r--r--}
 */
public record FileContent(String text, String mode) {
    /** A file that everybody may read. */
    static FileContent of(String text) {
        return new FileContent(text, "rw-r--r--");
    }
}
