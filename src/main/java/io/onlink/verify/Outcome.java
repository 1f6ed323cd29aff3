package io.onlink.verify;

/** A target, how it was asked, and what came of it. */
record Outcome(Target target, Probe probe, Reply reply) {
    boolean answered() {
        return reply.isAnswer();
    }

    @Override
    public String toString() {
        return probe + ": " + reply;
    }
}
