package io.onlink.docker;

import com.github.dockerjava.api.async.ResultCallback;
import io.onlink.failure.EngineException;
import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An answer of the engine that comes in pieces, and the waiting for its beginning and its end. */
final class StreamedAnswer<T> implements ResultCallback<T> {
    private final Consumer<T> listener;
    private final CompletableFuture<Boolean> started = new CompletableFuture<>();
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
    private volatile @Nullable Closeable stream;

    StreamedAnswer(Consumer<T> listener) {
        this.listener = listener;
    }

    @Override
    public void onStart(Closeable closeable) {
        stream = closeable;
        started.complete(true);
    }

    @Override
    public void onNext(T piece) {
        listener.accept(piece);
    }

    @Override
    public void onError(Throwable failure) {
        started.completeExceptionally(failure);
        ended.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        started.complete(true);
        ended.complete(true);
    }

    @Override
    public void close() throws IOException {
        Closeable open = stream;
        if (open != null) {
            open.close();
        }
    }

    void awaitStart() throws InterruptedException {
        await(started);
    }

    void awaitEndInterruptibly() throws InterruptedException {
        await(ended);
    }

    /** As {@link #awaitEndInterruptibly}, for an answer that comes at once. */
    void awaitEnd() {
        try {
            await(ended);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new EngineException("interrupted while the Docker Engine answered", interrupted);
        }
    }

    private static void await(CompletableFuture<Boolean> future) throws InterruptedException {
        try {
            future.get();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw new EngineException(String.valueOf(failed.getCause()), failed);
        }
    }
}
