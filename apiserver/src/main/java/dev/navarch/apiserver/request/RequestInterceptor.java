package dev.navarch.apiserver.request;

/**
 * Stands between a request that is authorized and what serves it, for requests from the network and from within the process;
 * not for those that may take over their connection, such as exec and log.
 */
public interface RequestInterceptor {

    /**
     * Serves the request by {@code next}, or otherwise.
     *
     * @throws ApiFailure to refuse
     */
    ApiResponse handle(ApiRequest request, RequestHandler next) throws InterruptedException;

    /** Whether {@link #handle} may block where {@code next} would not. */
    boolean mayBlock(ApiRequest request);

    /** A handler that is reached through this. */
    default RequestHandler before(RequestHandler next) {
        return new RequestHandler() {
            @Override
            public ApiResponse handle(ApiRequest request) throws InterruptedException {
                return RequestInterceptor.this.handle(request, next);
            }

            @Override
            public boolean mayBlock(ApiRequest request) {
                return RequestInterceptor.this.mayBlock(request) || next.mayBlock(request);
            }
        };
    }
}
