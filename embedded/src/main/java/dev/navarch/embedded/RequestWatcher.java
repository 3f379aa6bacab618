package dev.navarch.embedded;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.RequestHandler;
import dev.navarch.apiserver.request.RequestInterceptor;
import dev.navarch.time.TimeSource;

/** Sees every request: makes those fail that shall, notes them all, and tells the history whose the writes are. */
final class RequestWatcher implements RequestInterceptor {
    private final Faults faults;
    private final RequestLog log;
    private final RequestDraws draws;
    private final TimeSource time;

    RequestWatcher(Faults faults, RequestLog log, RequestDraws draws, TimeSource time) {
        this.faults = faults;
        this.log = log;
        this.draws = draws;
        this.time = time;
    }

    @Override
    public boolean mayBlock(ApiRequest request) {
        return faults.any();
    }

    @Override
    public ApiResponse handle(ApiRequest request, RequestHandler next) throws InterruptedException {
        if (!request.info().resourceRequest()) {
            return next.handle(request);
        }
        var call = ApiCall.of(request);
        int status = 500;
        try {
            boolean lost = faults.any() && faults.strike(call);
            var response = draws.during(ScopedValue.where(History.WRITER, call), request)
                    .call(() -> next.handle(request));
            if (lost) {
                if (response instanceof ApiResponse.Streaming streaming) {
                    streaming.frames().close();
                }
                throw ApiFailure.timeout("request did not complete within the allotted timeout", 0);
            }
            status = response.status();
            return response instanceof ApiResponse.Streaming(var code, var type, var headers, var frames)
                            && call.verb().equals("watch")
                    ? new ApiResponse.Streaming(code, type, headers, OpenWatch.track(call, frames, faults))
                    : response;
        } catch (ApiFailure e) {
            status = e.code();
            throw e;
        } finally {
            log.add(new RequestLog.Answered(time.now(), call, status));
        }
    }
}
