package dev.navarch.apiserver.request;

/** Serves requests that may take their connection over: exec, attach, port-forward, log and proxies. */
public interface StreamingHandler {

    boolean serves(RequestInfo info);

    /**
     * Serves an authorized request by answering it or taking its connection over; runs on a virtual thread.
     *
     * @throws ApiFailure to refuse, as long as nothing was answered
     */
    void serve(ApiRequest request, ClientConnection client) throws InterruptedException;
}
