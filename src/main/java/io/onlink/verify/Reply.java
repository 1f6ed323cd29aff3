package io.onlink.verify;

import io.onlink.model.MacAddress;
import org.jspecify.annotations.Nullable;

/** What came of a probe. It prints as the end of a sentence about it. */
sealed interface Reply {
    /**
     * The target itself answered.
     *
     * @param mac whose the address is; null for an echo, which does not say
     */
    record Answered(@Nullable MacAddress mac) implements Reply {
        @Override
        public String toString() {
            return mac == null ? "answered" : "answered by " + mac;
        }
    }

    /** Nothing, until the time was over. */
    record Silence() implements Reply {
        @Override
        public String toString() {
            return "no answer";
        }
    }

    /**
     * Somebody else said no.
     *
     * @param reason who, and in which words: this host's kernel by an errno, or a router by ICMP
     */
    record Refused(String reason) implements Reply {
        @Override
        public String toString() {
            return reason;
        }
    }

    default boolean isAnswer() {
        return this instanceof Answered;
    }
}
