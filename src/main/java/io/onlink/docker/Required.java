package io.onlink.docker;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What no call of the engine's may lack. The refusal names the field, and reaches who sent the call. */
final class Required {
    /** Engines make 64 hexadecimal digits. Nothing that means something in a path, in nft's language, or in SQL. */
    private static final Pattern ID = Pattern.compile("[0-9a-zA-Z]{1,128}");

    private Required() {}

    static void value(String field, @Nullable Object value) {
        if (value == null) {
            throw new IllegalArgumentException(field + " is missing");
        }
    }

    static void text(String field, @Nullable String text) {
        if (text == null || text.isBlank()) {
            throw new IllegalArgumentException(field + " is missing");
        }
    }

    /** Of an endpoint: links are named by it. */
    static void id(String field, @Nullable String id) {
        if (id == null || !ID.matcher(id).matches()) {
            throw new IllegalArgumentException("%s is no id of letters and digits: %s".formatted(field, id));
        }
    }
}
