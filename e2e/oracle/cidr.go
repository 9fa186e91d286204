package main

import (
	"encoding/hex"

	netutils "k8s.io/utils/net"
)

type parsedCIDR struct {
	Ok bool `json:"ok"`
	// Its first address, in hexadecimal.
	Network string `json:"network,omitempty"`
	// How many bits of an address decide.
	Prefix int `json:"prefix"`
}

// cidr says what components of Kubernetes make of a range of addresses that some version has taken.
func cidr(text string) parsedCIDR {
	_, network, err := netutils.ParseCIDRSloppy(text)
	if err != nil {
		return parsedCIDR{}
	}
	prefix, _ := network.Mask.Size()
	return parsedCIDR{Ok: true, Network: hex.EncodeToString(network.IP), Prefix: prefix}
}
