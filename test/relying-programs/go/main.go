// x/oauth2: a client's token in each place for the credentials, and where the library finds it out by itself.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"os"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

type seen struct {
	Token  *oauth2.Token `json:"token"`
	Status int           `json:"status"`
}

func main() {
	styles := map[string]oauth2.AuthStyle{
		"detected": oauth2.AuthStyleAutoDetect,
		"header":   oauth2.AuthStyleInHeader,
		"body":     oauth2.AuthStyleInParams,
	}
	answers := map[string]seen{}
	for name, style := range styles {
		config := clientcredentials.Config{
			ClientID:     os.Getenv("CLIENT_ID"),
			ClientSecret: os.Getenv("CLIENT_SECRET"),
			TokenURL:     os.Getenv("ISSUER") + "/oauth/token",
			Scopes:       []string{"orders:read"},
			AuthStyle:    style,
		}
		token, err := config.Token(context.Background())
		if err != nil {
			log.Fatal(name, ": ", err)
		}
		client := config.Client(context.Background())
		response, err := client.Post(os.Getenv("ISSUER")+"/validate_token", "application/json", http.NoBody)
		if err != nil {
			log.Fatal(name, ": ", err)
		}
		response.Body.Close()
		answers[name] = seen{token, response.StatusCode}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		log.Fatal(err)
	}
}
