package dev.navarch.apiserver.request;

/** Serves requests of known users. */
public interface RequestHandler {

    /**
     * @throws ApiFailure to refuse; the caller answers its Status
     * @throws RuntimeException is a fault; the caller logs it and answers 500
     */
    ApiResponse handle(ApiRequest request) throws InterruptedException;

    /**
     * Whether {@link #handle} of this request may block or compute for long (a millisecond). If not, it may be called
     * on an event loop.
     */
    default boolean mayBlock(ApiRequest request) {
        return true;
    }
}
