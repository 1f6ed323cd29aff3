package io.onlink.coexistence;

import org.jspecify.annotations.Nullable;

/**
 * One thing that a program is told so that it leaves a link alone, with what was there before: enough to undo it, after a
 * crash as well. Doing it twice does no more than once.
 */
public sealed interface Instruction {
    /** Who is told. */
    Program program();

    /** The link it is about; a shell pattern for the containers' links; empty where it is about none in particular. */
    String link();

    /** What an administrator would type for it. */
    String command();

    /** What an administrator would type to undo it. */
    String undoing();

    /**
     * A file of the program's configuration.
     *
     * @param before what stood there, null for nothing
     */
    record WriteFile(
            Program program,
            String link,
            String path,
            @Nullable FileContent before,
            FileContent after) implements Instruction {
        @Override
        public String command() {
            return "printf '%s' > %s".formatted(after.text().replace("\n", "\\n"), path);
        }

        @Override
        public String undoing() {
            return before == null
                    ? "rm " + path
                    : "printf '%s' > %s".formatted(before.text().replace("\n", "\\n"), path);
        }
    }

    /**
     * The firewall's zone of a link, now and for good.
     *
     * @param from the one it was in, null for none
     */
    record BindZone(String link, @Nullable String from, String to) implements Instruction {
        @Override
        public Program program() {
            return Program.FIREWALLD;
        }

        @Override
        public String command() {
            return "firewall-cmd [--permanent] --zone=%s --change-interface=%s".formatted(to, link);
        }

        @Override
        public String undoing() {
            return from == null
                    ? "firewall-cmd [--permanent] --zone=%s --remove-interface=%s".formatted(to, link)
                    : "firewall-cmd [--permanent] --zone=%s --change-interface=%s".formatted(from, link);
        }
    }

    /** Nothing to be done now: the connection profile that NetworkManager takes up again when it gets the link back. */
    record ResumeProfile(String link, String uuid) implements Instruction {
        @Override
        public Program program() {
            return Program.NETWORK_MANAGER;
        }

        @Override
        public String command() {
            return "";
        }

        @Override
        public String undoing() {
            return "nmcli device connect %s (profile %s, without a gap)".formatted(link, uuid);
        }
    }
}
