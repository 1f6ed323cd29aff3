package io.onlink.load;

import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * A request to the plugin's socket, and what came of it.
 *
 * @param life whose it is: a number for each container that was ever started
 * @param address that was asked for or is released; null where none was named, and in calls about endpoints
 * @param begin when it was begun, in nanoseconds of {@link System#nanoTime}
 * @param end when it was known what came of it
 * @param given the address that was answered
 * @param text the refusal, or what was wrong
 */
record PluginCall(
        Kind kind,
        int life,
        String segment,
        @Nullable IpAddress address,
        long begin,
        long end,
        Outcome outcome,
        @Nullable InterfaceAddress given,
        String text)
        implements JournalEntry {

    enum Kind {
        ACTIVATE("Plugin.Activate"),
        CREATE_NETWORK("NetworkDriver.CreateNetwork"),
        REQUEST_ADDRESS("IpamDriver.RequestAddress"),
        CREATE_ENDPOINT("NetworkDriver.CreateEndpoint"),
        JOIN("NetworkDriver.Join"),
        OPER_INFO("NetworkDriver.EndpointOperInfo"),
        LEAVE("NetworkDriver.Leave"),
        DELETE_ENDPOINT("NetworkDriver.DeleteEndpoint"),
        RELEASE_ADDRESS("IpamDriver.ReleaseAddress");

        private final String path;

        Kind(String path) {
            this.path = path;
        }

        String path() {
            return path;
        }
    }

    enum Outcome {
        ANSWERED,
        REFUSED,
        /** The answer is none that the protocol knows, or says that Onlink has a bug. */
        WRONG,
        /** Nobody listened, or there was no room for one more who waits. */
        NOT_CONNECTED,
        /** The connection ended without an answer. */
        LOST,
        /** The caller had no more patience. */
        NEVER,
        /** The caller went away in the middle. */
        ABANDONED
    }

    boolean isAnswered() {
        return outcome == Outcome.ANSWERED;
    }

    /** Whether the plugin was reached: then it may have done what it was asked, whatever the outcome. */
    boolean isSent() {
        return outcome != Outcome.NOT_CONNECTED;
    }

    @Override
    public long time() {
        return begin;
    }
}
