# An image that is a folder: the base of Tradewind's own, and the data stores, where no registry can be had.
FROM scratch
COPY . /
ENV PATH=/usr/local/bin:/usr/bin:/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 65532:65532
