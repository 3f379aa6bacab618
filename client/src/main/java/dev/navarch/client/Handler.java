package dev.navarch.client;

/**
 * Told of every change of an informer's cache, in order, on the informer's thread; must not block. Usually it adds a
 * key to a {@link WorkQueue}.
 */
public interface Handler<T> {

    void added(T object);

    /** Also called when nothing but the resource version differs. */
    void updated(T before, T now);

    /** {@code last} is the last state known; it may be old if the deletion was missed and found by a new list. */
    void deleted(T last);

    /** A handler that treats all changes alike; an update is told with its new state. */
    static <T> Handler<T> each(java.util.function.Consumer<T> action) {
        return new Handler<>() {
            @Override
            public void added(T object) {
                action.accept(object);
            }

            @Override
            public void updated(T before, T now) {
                action.accept(now);
            }

            @Override
            public void deleted(T last) {
                action.accept(last);
            }
        };
    }
}
