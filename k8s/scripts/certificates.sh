# shellcheck shell=sh
# The brokers' certificate for the names by which clients outside reach them, and the authority that signs it:
# made by openssl where the cluster has none, looked at where it has. Sourced by run.sh. Reads $work and
# $namespace.

# Days. An authority outlives many certificates; a certificate that lives longer is refused by some clients.
authority_days=3650
certificate_days=825
# A certificate that ends sooner is told.
warn_days=30

# "kafka-0 localhost:31090", a line a broker: where clients outside reach it.
outside_addresses() {
  awk '
    function flush() { if (kind == "ConfigMap" && name ~ /^kafka-outside/) printf "%s", lines; kind = ""; lines = "" }
    /^---$/ { flush() }
    /^kind: / { kind = $2 }
    /^  name: / { name = $2 }
    /^  kafka-[0-9]+: / { gsub(/["\047]/, ""); line = $1 " " $2 "\n"; sub(/:/, "", line); lines = lines line }
    END { flush() }
  ' "$work/all.yaml"
}

outside_hosts() { outside_addresses | sed 's/^[^ ]* //; s/:[0-9]*$//; s/^\[\(.*\)\]$/\1/' | sort -u; }

is_address() { case $1 in *:* | *[0-9].[0-9]*.[0-9]*.[0-9]*) case $1 in *[!0-9a-fA-F:.]*) false ;; *) true ;; esac ;; *) false ;; esac; }

# What the certificate bears: the names outside, and those inside the cluster.
alternative_names() {
  {
    outside_hosts
    outside_addresses | while read -r broker _; do
      say "$broker.kafka"
      say "$broker.kafka.$namespace.svc"
      say "$broker.kafka.$namespace.svc.cluster.local"
    done
  } | while read -r host; do
    if is_address "$host"; then say "IP:$host"; else say "DNS:$host"; fi
  done | paste -s -d , -
}

check_authority() {
  has_secret kafka-ca || return 0
  [ -n "$(secret_value kafka-ca ca.key)" ] || fail \
    "Expected Secret kafka-ca to hold ca.key, which signs the brokers' certificate, got none" \
    "Bring a Secret kafka-tls of your own (broker.pem, ca.crt), or delete kafka-ca to have a new authority made"
}

# openssl's own words only where it fails.
quietly() { "$@" >"$work/openssl" 2>&1 || fail "Expected openssl to make a certificate, got: $(cat "$work/openssl")"; }

make_certificate() {
  new_folder kafka-tls
  folder=$work/kafka-tls
  make_authority
  quietly openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/O=ddnn/CN=kafka' \
    -keyout "$work/broker.key" -out "$work/broker.csr"
  {
    say "subjectAltName=$(alternative_names)"
    say 'basicConstraints=critical,CA:false'
    say 'keyUsage=critical,digitalSignature'
    say 'extendedKeyUsage=serverAuth'
  } >"$work/broker.ext"
  quietly openssl x509 -req -sha256 -in "$work/broker.csr" -days "$certificate_days" -set_serial "0x$(openssl rand -hex 16)" \
    -CA "$folder/ca.crt" -CAkey "$work/kafka-ca/ca.key" -extfile "$work/broker.ext" -out "$work/broker.crt"
  cat "$work/broker.key" "$work/broker.crt" >"$folder/broker.pem"
  create_secret kafka-tls "$folder"
}

# The authority stands in a Secret of its own, which no Pod mounts, so that the next certificate is of the same.
make_authority() {
  new_folder kafka-ca
  if has_secret kafka-ca; then
    secret_value kafka-ca ca.key >"$work/kafka-ca/ca.key"
    secret_value kafka-ca ca.crt >"$work/kafka-ca/ca.crt"
  else
    {
      say '[req]'
      say 'distinguished_name=name'
      say 'prompt=no'
      say '[name]'
      say 'O=ddnn'
      say "CN=ddnn Kafka of $namespace"
      say '[authority]'
      say 'basicConstraints=critical,CA:true,pathlen:0'
      say 'keyUsage=critical,keyCertSign,cRLSign'
      say 'subjectKeyIdentifier=hash'
    } >"$work/ca.conf"
    quietly openssl req -x509 -sha256 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "$authority_days" \
      -config "$work/ca.conf" -extensions authority -keyout "$work/kafka-ca/ca.key" -out "$work/kafka-ca/ca.crt"
    create_secret kafka-ca "$work/kafka-ca"
  fi
  cp "$work/kafka-ca/ca.crt" "$folder/ca.crt"
}

# A certificate that is there: does it bear the hosts, and for how long?
check_certificate() {
  secret_value kafka-tls broker.pem >"$work/broker.pem"
  renew="To have a new one made by the same authority: $(shown_kubectl) delete secret kafka-tls; sh run.sh; $(shown_kubectl) rollout restart statefulset kafka"
  openssl x509 -in "$work/broker.pem" -noout -checkend $((warn_days * 86400)) >/dev/null 2>&1 ||
    warn "the brokers' certificate ends within $warn_days days. $renew"
  foreign=
  for host in $(outside_hosts); do
    if is_address "$host"; then option=-checkip; else option=-checkhost; fi
    openssl x509 -in "$work/broker.pem" -noout "$option" "$host" 2>/dev/null | grep -q 'does match' ||
      foreign="$foreign${foreign:+, }'$host'"
  done
  [ -z "$foreign" ] || warn "the brokers' certificate does not bear $foreign, by which clients outside reach them. $renew"
}
